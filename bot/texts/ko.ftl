### 봇이 한국어로 하는 모든 말. 이름은 `en.ftl`과 같습니다.

## 명령어: 띄어쓰기 없이, 32자 이내

command-dream = 꿈
command-dream-description = 사진을 꿈으로 바꿔요. 수백만 장의 사진을 본 신경망의 기억이 사진에서 자라나요
command-presets = 프리셋
command-presets-description = 모든 프리셋을 예시 그림과 함께 보여 줘요
command-queue = 대기열
command-queue-description = 진행 중인 내 꿈과 지금 얼마나 붐비는지 보여 줘요
command-forget-me = 내정보삭제
command-forget-me-description = 나에 대해 저장된 모든 것을 지워요
command-dream-settings = 꿈설정
command-dream-settings-description = 이 서버의 관리자가 정하는 설정
menu-dream-this = 이 사진으로 꿈꾸기
menu-dream-avatar = 프로필 사진으로 꿈꾸기

option-image = 사진
option-image-description = 꿈으로 바꿀 사진: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF, BMP
option-preset = 프리셋
option-preset-description = 꿈의 모습. /프리셋 명령어로 모두 볼 수 있어요
option-strength = 강도
option-strength-description = 프리셋보다 몇 배 깊이 들어갈지: 0.5는 더 약하게, 2는 더 강하게
option-size = 크기
option-size-description = 꿈의 긴 변 길이(픽셀). 더 작은 사진은 그대로 둬요
option-iterations = 반복
option-iterations-description = 옥타브마다 반복하는 단계 수. 프리셋의 값을 대신해요
option-octaves = 옥타브
option-octaves-description = 꿈이 자라는 배율 단계의 수. 프리셋의 값을 대신해요
option-layer = 층
option-layer-description = 꿈을 만드는 신경망의 층 하나. 프리셋의 층을 대신해요
option-guide = 참고사진
option-guide-description = 꿈이 닮아 가게 할 사진
option-keep-colour = 색유지
option-keep-colour-description = 사진의 색은 그대로 두고 밝기만 꿈으로 바꿔요
option-seed = 시드
option-seed-description = 사진과 옵션이 같을 때 시드가 같으면 같은 꿈이 나와요
option-spoiler = 스포일러
option-spoiler-description = 누르기 전까지 꿈을 가려 둬요
option-private = 비공개
option-private-description = 나만 꿈을 볼 수 있어요

settings-show = 보기
settings-show-description = 지금 설정을 보여 줘요
settings-switch = 켜고끄기
settings-switch-description = 이 서버에서 꿈꾸기를 켜거나 꺼요
option-on = 켜기
option-on-description = 멤버가 이 서버에서 꿈을 만들 수 있는지
settings-channel = 채널
settings-channel-description = 정한 채널에서만 꿈을 만들 수 있게 해요. 여러 채널은 하나씩 추가하세요
option-channel = 채널
option-channel-description = 허용할 채널. 그 채널의 스레드도 포함돼요
option-allowed = 허용
option-allowed-description = 끄면 목록에서 빠져요. 목록이 비면 모든 채널에서 가능해요
settings-preset = 프리셋
settings-preset-description = 프리셋을 고르지 않은 멤버에게 쓰는 프리셋. 비우면 봇의 기본값이에요
settings-size = 크기
settings-size-description = 멤버가 요청할 수 있는 가장 큰 크기(픽셀). 비우면 봇의 기본값이에요
settings-limits = 한도
settings-limits-description = 멤버마다 꿈을 얼마나 만들 수 있는지. 숫자를 모두 비우면 봇의 기본값이에요
option-dreams = 횟수
option-dreams-description = 정한 시간(분) 동안 다시 채워지는 꿈의 수
option-minutes = 분
option-minutes-description = 그 수만큼 다시 채워지는 데 걸리는 시간(분)
option-burst = 연속
option-burst-description = 모아 두었다가 한 번에 이어서 쓸 수 있는 수
option-waiting = 대기
option-waiting-description = 한 멤버의 꿈이 몇 개까지 기다릴 수 있는지
option-running = 동시
option-running-description = 한 멤버의 꿈을 동시에 몇 개까지 꿀 수 있는지
option-role = 역할
option-role-description = 모두가 아니라 이 역할을 가진 멤버에게 적용해요
settings-exempt = 예외
settings-exempt-description = 어떤 역할을 가진 멤버에게는 한도를 두지 않아요
option-exempt = 예외
option-exempt-description = 끄면 다시 한도를 적용해요

## 프리셋

preset-mild = 은은하게
preset-mild-description = 살짝 스치듯이. 사진은 그대로인데 그 안에서 무언가 꿈틀거려요
preset-intense = 강렬하게
preset-intense-description = 모든 것이 무언가로 변해요. 구석구석 생물과 구슬과 비늘이 가득해요
preset-classic = 클래식
preset-classic-description = 케라스 예제의 딥드림을 수치 하나까지 그대로
preset-animals = 동물
preset-animals-description = 세상에 없던 개와 새와 짐승들
preset-eyes = 눈
preset-eyes-description = 털이 소용돌이치고, 소용돌이마다 눈 하나가 이쪽을 바라봐요
preset-fur = 털
preset-fur-description = 모든 윤곽에 털과 깃털과 비늘이 자라요
preset-camouflage = 위장
preset-camouflage-description = 사진 본래의 색 속에 생물들이 숨어요
preset-ribbons = 리본
preset-ribbons-description = 굵게 감긴 리본이 모든 선을 따라가요
preset-geometric = 기하
preset-geometric-description = 곧은 획과 서로 엇갈리는 면
preset-patchwork = 조각보
preset-patchwork-description = 창문과 단추와 짜인 천 조각들
preset-engraving = 판화
preset-engraving-description = 사진 본래의 색에 새긴 가는 조각칼 선
preset-painterly = 붓그림
preset-painterly-description = 부드러운 붓질. 따뜻한 털빛과 빛나는 눈, 날카로운 선은 거의 없어요
preset-glass = 스테인드글라스
preset-glass-description = 뒤에서 빛이 비치는 색유리 조각
preset-webs = 거미줄
preset-webs-description = 모든 것 위에 실과 그물과 왕관이 얽혀요

choice-mild = { preset-mild } – { preset-mild-description }
choice-intense = { preset-intense } – { preset-intense-description }
choice-classic = { preset-classic } – { preset-classic-description }
choice-animals = { preset-animals } – { preset-animals-description }
choice-eyes = { preset-eyes } – { preset-eyes-description }
choice-fur = { preset-fur } – { preset-fur-description }
choice-camouflage = { preset-camouflage } – { preset-camouflage-description }
choice-ribbons = { preset-ribbons } – { preset-ribbons-description }
choice-geometric = { preset-geometric } – { preset-geometric-description }
choice-patchwork = { preset-patchwork } – { preset-patchwork-description }
choice-engraving = { preset-engraving } – { preset-engraving-description }
choice-painterly = { preset-painterly } – { preset-painterly-description }
choice-glass = { preset-glass } – { preset-glass-description }
choice-webs = { preset-webs } – { preset-webs-description }

## 카드

card-title = 꿈꾸는 중: { $preset }
card-place = { $place ->
    [1] 바로 다음 차례예요.
   *[other] 대기 순서 { $place }번째예요.
}
card-progress = 옥타브 { $octave }/{ $octaves } · 단계 { $step }/{ $steps }
card-done-at = { $when } 완성 예정
card-dreamed = **{ $preset }** · { $seconds }초 만에 꾼 꿈
card-settings = { $layers } · 옥타브 { $octaves }개 × { $steps }단계 · { $size } · 시드 { $seed }
card-guided = 참고 사진을 따라
card-own-colours = 본래 색 그대로
card-kept = 완성됐을 때 전해 드리지 못한 꿈이에요:
card-refused = 이 사진은 꿈으로 바꿀 수 없었어요. 까닭은 요청한 분께 전했어요.
card-encoded = 이곳에 올릴 수 있는 용량에 맞추려고 { $format } 형식으로 저장했어요.
card-scaled = 이곳에 올릴 수 있는 용량에 맞추려고 { $size }에서 줄였어요.
card-cancelled = 이 꿈은 취소됐어요.
card-paused = 잠시 쉬어야 해요. 돌아오는 대로 꿈을 이어 갈게요. 따로 하실 일은 없어요.
card-elsewhere = 꿈은 따로 보낸 메시지에 있어요.
card-stays = 꿈은 완성됐지만 전해 드리지 못했어요. 다음에 `/대기열`이나 `/꿈`을 쓰면 드릴게요.
card-failed = 제 쪽에서 문제가 생겨 이 꿈을 완성하지 못했어요. 횟수는 줄지 않았어요. 또 이런 일이 생기면 봇 운영자에게 오류 번호 `{ $reference }`를 알려 주세요.
card-original = 꿈의 바탕이 된 사진:
alt-dream = 사진을 꿈으로 바꾼 그림, 프리셋 { $preset }, { $width } × { $height } 픽셀
alt-preview = 아직 자라고 있는 꿈, 프리셋 { $preset }
alt-original = 꿈의 바탕이 된 사진
alt-thumbnail = 프리셋 { $preset }의 예시
button-cancel = 취소
button-deeper = 더 깊이
button-again = 다시
button-original = 원본
button-delete = 삭제
button-preset = 다른 모습으로 꿈꾸기…
button-back = 이전
button-next = 다음

presets-title = 프리셋 { $page }/{ $pages }쪽
queue-title = 내 꿈
queue-none = 기다리는 꿈이 없어요. `/꿈`으로 시작해 보세요.
queue-waiting = **{ $preset }** · 사진을 가져오는 중이에요
queue-place = **{ $preset }** · { $place }번째
queue-dreaming = **{ $preset }** · 지금 꿈꾸고 있어요
queue-more = … 그 밖에 { $more }개
queue-load = 전체: 대기 { $waiting }개, 진행 중 { $dreaming }개
forget-done = 다 지웠어요. 그동안 만든 꿈과 바탕이 된 사진, 그 밖에 저장된 정보가 모두 삭제됐어요. 채널에 올린 메시지는 직접 지울 때까지 남아 있고, 남은 꿈 횟수만 다시 가득 찰 때까지 기억해요.

rules-title = 이 서버의 꿈 설정
rules-on = 켜져 있어요.
rules-off = 꺼져 있어요.
rules-channels = 가능한 채널: { $channels }
rules-everywhere = 모든 채널에서 가능해요.
rules-preset = 기본 프리셋: { $preset }
rules-size = 가장 큰 크기: { $size }픽셀
rules-everyone = 모든 멤버: { $limits }
rules-role = { $role }: { $limits }
rules-exempt = { $role }: 한도 없음
rules-limits = { $minutes }분에 { $dreams }개, 연속 { $burst }개, 대기 { $waiting }개, 동시 { $running }개

## 할 수 없는 일과 그 까닭

error-ours = 제 쪽에서 문제가 생겼어요. 또 이런 일이 생기면 봇 운영자에게 오류 번호 `{ $reference }`를 알려 주세요.
error-no-picture = 그 메시지에는 꿈으로 바꿀 수 있는 사진이 없어요.
error-foreign-host = 디스코드에 올린 사진만 꿈으로 바꿀 수 있어요. 사진을 첨부해 주세요.
error-download = 디스코드에서 사진을 가져오지 못했어요. 삭제됐을 수도 있어요. 다시 시도하거나 사진을 다시 올려 주세요.
error-switched-off = 이 서버에서는 꿈꾸기가 꺼져 있어요.
error-channel = 이 채널에서는 꿈을 만들지 않아요. { $channels }에서 불러 주세요.
error-rate = 꿈을 많이 꾸셨네요! 다음 꿈은 { $when }에 준비돼요. 이번 요청으로 횟수가 줄지는 않았어요.
error-waiting = 이미 꿈 { $most }개가 기다리고 있어요. { $when }에 다시 요청하거나 하나를 취소해 주세요. 이번 요청으로 횟수가 줄지는 않았어요.
error-queue-full = 대기열이 가득 찼어요. { $when }에 다시 시도해 주세요. 이번 요청으로 횟수가 줄지는 않았어요.
error-too-much-work = 약 { $minutes }분이 걸릴 텐데, 꿈 하나는 { $limit }분까지만 가능해요. 크기나 반복 수를 줄이면 더 빨라져요.
error-size = 여기서 가능한 가장 큰 크기는 { $largest }픽셀이에요.
error-shutting-down = 잠시 쉬어야 해서 지금은 할 수 없어요. 몇 분 뒤에 다시 시도해 주세요.
error-not-yours = 다른 사람의 꿈이에요. `/꿈`으로 나만의 꿈을 만들어 보세요.
error-not-manager = 이 서버를 관리할 수 있는 사람만 바꿀 수 있어요.
error-not-installed-here = 저를 초대한 서버에서만 쓸 수 있어요.
error-option = 그 옵션에는 “{ $value }” 값을 쓸 수 없어요. 디스코드가 보여 주는 값에서 골라 주세요.
error-outdated = 디스코드가 불러온 뒤로 명령어가 바뀌었어요. Ctrl+R을 누르거나 앱을 다시 시작한 뒤 시도해 주세요.
error-no-longer-kept = 필요한 사진을 더는 보관하고 있지 않아요. 사진은 일정 기간만 보관해요. `/꿈`으로 다시 올려 주세요.
error-over-already = 그 꿈은 이미 끝났어요.
error-unknown-layer = “{ $layer }” 층이 제 신경망에 없어요. 입력할 때 나오는 목록에서 골라 주세요.
error-unknown-preset = “{ $preset }” 프리셋은 더 이상 없어요. `/프리셋`으로 모두 볼 수 있어요.
bound-between = { $low }에서 { $high }까지의 수
error-settings = { $field } 옵션에는 { $value } 값을 쓸 수 없어요. 가능한 값: { $bound }
error-picture = 이 사진은 꿈으로 바꿀 수 없어요.
error-empty-picture = 빈 파일이에요.
error-not-a-picture = 제가 읽을 수 있는 사진이 아니에요. 읽을 수 있는 형식은 PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, HEIC예요.
error-damaged-picture = 사진이 손상됐거나 잘렸거나 드문 형식이라 읽을 수 없어요.
error-picture-bomb = 읽는 데 보통 사진보다 훨씬 큰 작업이 필요한 파일이라 읽지 않을게요.
error-too-many-bytes = 파일이 { $limit }MB보다 커요. 그보다 큰 파일은 읽지 않아요.
error-too-many-pixels = 사진이 { $limit }메가픽셀보다 커요. 그보다 큰 사진은 읽지 않아요.
error-too-small = 사진이 { $width } × { $height } 픽셀이에요. 적어도 { $limit } × { $limit } 픽셀이어야 해요.
error-too-narrow = 사진이 { $width } × { $height } 픽셀이에요. 긴 변은 짧은 변의 { $limit }배까지만 가능해요.
error-too-large-for-format = { $format } 파일로 저장하기에는 사진이 너무 길어요.
error-guide = 참고 사진을 쓸 수 없어요. { $problem }
error-time-limit = { $seconds }초 넘게 걸려서 꿈을 멈췄어요. 크기나 반복 수를 줄이면 더 빨라져요.
