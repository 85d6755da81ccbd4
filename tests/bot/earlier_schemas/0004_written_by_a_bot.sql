-- The rows of a store that a bot of the fourth schema wrote and that was killed while it dreamed. Ids of jobs,
-- digests, tokens and the address of a picture are replaced.

INSERT INTO "buckets" VALUES(1576094213190189081,0,1.0000291299819946,1795840542.85288,1795840742.849967);
INSERT INTO "buckets" VALUES(1576094213190189085,0,2.0,1795840542.855659,1795840642.855659);
INSERT INTO "buckets" VALUES(1576094216969257012,0,2.0,1795840543.750388,1795840643.750388);
INSERT INTO "buckets" VALUES(1576094217313189946,0,2.0,1795840543.834238,1795840643.834238);
INSERT INTO "buckets" VALUES(1576094217392881725,0,2.0,1795840543.844532,1795840643.844532);
INSERT INTO "buckets" VALUES(1576094217808117828,0,2.0,1795840543.956242,1795840643.956242);
INSERT INTO "buckets" VALUES(1576094217812312134,0,2.0,1795840543.964282,1795840643.964282);
INSERT INTO "buckets" VALUES(1576094217812312136,0,2.0,1795840543.969695,1795840643.969695);
INSERT INTO "buckets" VALUES(1576094218495983698,0,2.0,1795840544.118627,1795840644.118627);
INSERT INTO "jobs" VALUES(1,'job-1','delivered',1576094213190189081,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":982467736,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"","expires_at":1795841442.839,"user_id":1576094213190189081,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094213211160607,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094213190189082}',
  NULL,NULL,'digest-3',NULL,'digest-4',
  '{"layers":"block11/expand","octaves":1,"iterations":1,"keep_colour":false,"guided":false,"seed":982467736,"seconds":0.031245130998286186,"height":64,"width":96,"file_format":"png","dreamed_height":64,"dreamed_width":96,"wanted_height":null,"wanted_width":null,"is_cut_short":false,"guide_is_cut_short":false}',
  NULL,1,0.006144,1,1,0,1795840542.848704,1795840542.948257,1576094213190189082,NULL,NULL);
INSERT INTO "jobs" VALUES(2,'job-2','delivered',1576094213190189081,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":2203599353,"spoiler":false,"private":true}',
  '{"application_id":1576094196018708480,"token":"","expires_at":1795841442.839,"user_id":1576094213190189081,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094213211160608,"reachable":true,"private":true,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094213190189084}',
  NULL,NULL,'digest-3',NULL,'digest-1',
  '{"layers":"block11/expand","octaves":1,"iterations":1,"keep_colour":false,"guided":false,"seed":2203599353,"seconds":0.02594469600080629,"height":64,"width":96,"file_format":"png","dreamed_height":64,"dreamed_width":96,"wanted_height":null,"wanted_width":null,"is_cut_short":false,"guide_is_cut_short":false}',
  NULL,2,0.006144,1,1,0,1795840542.849204,1795840543.741758,1576094213190189084,NULL,NULL);
INSERT INTO "jobs" VALUES(3,'job-3','delivered',1576094213190189085,1576094196018708482,
  '{"preset":"intense","strength":1.0,"size":1024,"iterations":2,"octaves":2,"layer":null,"keep_colour":null,"seed":3527486895,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"","expires_at":1795841442.839,"user_id":1576094213190189085,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094213211160609,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094213190189086}',
  NULL,NULL,'digest-3','digest-3','digest-7',
  '{"layers":"block11/expand + block8/expand + block6/depthwise","octaves":2,"iterations":2,"keep_colour":false,"guided":true,"seed":3527486895,"seconds":0.7535128150011587,"height":64,"width":96,"file_format":"png","dreamed_height":64,"dreamed_width":96,"wanted_height":null,"wanted_width":null,"is_cut_short":false,"guide_is_cut_short":false}',
  NULL,1,0.018408,1,1,0,1795840542.849596,1795840543.723324,1576094213190189086,NULL,NULL);
INSERT INTO "jobs" VALUES(4,'job-4','kept',1576094216969257012,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":3467310062,"spoiler":false,"private":true}',
  '{"application_id":1576094196018708480,"token":"","expires_at":1795840543.741,"user_id":1576094216969257012,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094216981839926,"reachable":true,"private":true,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576090442099851317}',
  NULL,NULL,'digest-3',NULL,'digest-2',
  '{"layers":"block11/expand","octaves":1,"iterations":1,"keep_colour":false,"guided":false,"seed":3467310062,"seconds":0.026946235997456824,"height":64,"width":96,"file_format":"png","dreamed_height":64,"dreamed_width":96,"wanted_height":null,"wanted_width":null,"is_cut_short":false,"guide_is_cut_short":false}',
  NULL,2,0.006144,1,1,0,1795840543.749853,1795840543.821729,1576090442099851317,NULL,NULL);
INSERT INTO "jobs" VALUES(5,'job-5','received',1576094217313189946,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":2636153566,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-1","expires_at":1795841443.822,"user_id":1576094217313189946,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094217317384252,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094217313189947}',
  'https://cdn.discordapp.com/attachments/5/6/slow.png',NULL,NULL,NULL,NULL,NULL,NULL,0,0.006144,0,1,0,1795840543.833689,NULL,1576094217313189947,NULL,NULL);
INSERT INTO "jobs" VALUES(6,'job-6','running',1576094217392881725,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":30,"octaves":2,"layer":null,"keep_colour":null,"seed":1295562332,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-2","expires_at":1795841443.841,"user_id":1576094217392881725,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094217397076031,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094217392881726}',
  NULL,NULL,'digest-5',NULL,NULL,NULL,NULL,2,6.12624,1,1,0,1795840543.844061,NULL,1576094217392881726,NULL,NULL);
INSERT INTO "jobs" VALUES(7,'job-7','queued',1576094217808117828,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":2209202158,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-3","expires_at":1795841443.94,"user_id":1576094217808117828,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094217820700746,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094217808117829}',
  NULL,NULL,'digest-3',NULL,NULL,NULL,NULL,2,0.006144,0,1,0,1795840543.95201,NULL,1576094217808117829,NULL,NULL);
INSERT INTO "jobs" VALUES(8,'job-8','queued',1576094217812312134,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":3161278414,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-4","expires_at":1795841443.941,"user_id":1576094217812312134,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094217820700747,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094217812312135}',
  NULL,NULL,'digest-3',NULL,NULL,NULL,NULL,2,0.006144,0,1,0,1795840543.953612,NULL,1576094217812312135,NULL,NULL);
INSERT INTO "jobs" VALUES(9,'job-9','queued',1576094217812312136,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":1039323192,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-5","expires_at":1795841443.941,"user_id":1576094217812312136,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094217820700748,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094217812312137}',
  NULL,NULL,'digest-3',NULL,NULL,NULL,NULL,2,0.006144,0,1,0,1795840543.954792,NULL,1576094217812312137,NULL,NULL);
INSERT INTO "jobs" VALUES(10,'job-10','queued',1576094218495983698,1576094196018708482,
  '{"preset":"mild","strength":1.0,"size":1024,"iterations":1,"octaves":1,"layer":null,"keep_colour":null,"seed":2057249257,"spoiler":false,"private":false}',
  '{"application_id":1576094196018708480,"token":"token-6","expires_at":1795841444.104,"user_id":1576094218495983698,"server_id":1576094196018708482,"channel_id":1576094196018708483,"message_id":1576094218512760916,"reachable":true,"private":false,"most_bytes":10485760,"locale":"en-US","attempt":null,"interaction_id":1576094218495983699}',
  NULL,NULL,'digest-6',NULL,NULL,NULL,NULL,2,1.048576,0,1,0,1795840544.116681,NULL,1576094218495983699,NULL,NULL);
INSERT INTO "pictures" VALUES('digest-3',12383,1795840543.981069);
INSERT INTO "pictures" VALUES('digest-4',12970,1795840542.941081);
INSERT INTO "pictures" VALUES('digest-7',14200,1795840543.707379);
INSERT INTO "pictures" VALUES('digest-1',12997,1795840543.734538);
INSERT INTO "pictures" VALUES('digest-2',12985,1795840543.799494);
INSERT INTO "pictures" VALUES('digest-5',61419,1795840543.869009);
INSERT INTO "pictures" VALUES('digest-6',10,1795840544.149336);
INSERT INTO "speeds" VALUES('efficientnet_lite0','intense',0.3733203668441459);
INSERT INTO "speeds" VALUES('efficientnet_lite0','mild',0.014377019370776276);

