-- What a bot of the sixth schema may have kept.

INSERT INTO pictures (digest, bytes, used_at) VALUES ('c0ffee', 1000, 1800000000.0);

INSERT INTO jobs (id, state, user_id, server_id, options, reply, source, turn, work, attempts, max_running, bucket, created_at)
VALUES (
    '0123456789abcdef', 'queued', 11, 22,
    '{"preset": "mild", "strength": 2.0, "size": 512, "seed": 7, "private": true}',
    '{"application_id": 1, "token": "a-token", "expires_at": 1800000900.0, "user_id": 11, "server_id": 22,
      "channel_id": 5, "message_id": 6, "reachable": true, "private": true, "most_bytes": 10000000, "locale": "ko"}',
    'c0ffee', 4, 12.5, 1, 2, 0, 1800000000.0
);

INSERT INTO jobs (id, state, user_id, options, reply, source, dream, outcome, created_at, ended_at)
VALUES (
    'fedcba9876543210', 'kept', 11, -- pragma: allowlist secret
    '{"preset": "intense"}',
    '{"application_id": 1, "token": "", "expires_at": 1800000900.0, "user_id": 11, "channel_id": 5,
      "reachable": false, "private": false, "most_bytes": 10000000, "locale": "en-US"}',
    'c0ffee', 'c0ffee',
    '{"layers": "block11", "octaves": 3, "iterations": 10, "seed": 7, "seconds": 2.5, "height": 80, "width": 120,
      "file_format": "png", "dreamed_height": 80, "dreamed_width": 120}',
    1800000000.0, 1800000010.0
);

INSERT INTO buckets (user_id, server_id, tokens, looked_at, full_at) VALUES (11, 0, 0.5, 1800000000.0, 1800000600.0);

INSERT INTO servers (server_id, rules) VALUES (22, '{"enabled": false, "channels": [5], "exempt": [9]}');

INSERT INTO speeds (backbone, preset, seconds_per_work) VALUES ('efficientnet_lite0', 'mild', 0.25);

INSERT INTO blocked (kind, id, since) VALUES ('user', 33, 1800000000.0);
