### 봇이 한국어로 하는 모든 말. 이름은 `en.ftl`과 같습니다.

## 명령어: 띄어쓰기 없이, 32자 이내

command-dream = 꿈
command-dream-description = 사진을 딥드림으로 바꿔요. 눈과 털과 무늬가 사진에서 자라나요
command-presets = 프리셋
command-presets-description = 꿈의 스타일을 예시와 함께 둘러봐요
command-queue = 대기열
command-queue-description = 진행 중인 내 꿈과 지금 얼마나 붐비는지 보여 줘요
command-help = 도움말
command-help-description = 꿈을 만드는 방법과 버튼 사용법을 알려 줘요
command-privacy = 개인정보
command-privacy-description = 어떤 정보를 얼마 동안 보관하는지, 어떻게 지우는지 알려 줘요
command-forget-me = 내정보삭제
command-forget-me-description = 나에 대해 저장된 정보를 모두 지워요
command-dream-settings = 꿈설정
command-dream-settings-description = 이 서버의 꿈 설정을 관리해요
command-dream-admin = 봇관리
command-dream-admin-description = 봇 운영자만 쓰는 명령어예요
menu-dream-this = 이 사진으로 꿈꾸기
menu-dream-avatar = 프로필 사진으로 꿈꾸기

option-image = 사진
option-image-description = 꿈으로 바꿀 사진: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF, BMP
option-image-or-video-description = 꿈으로 바꿀 사진이나 영상: 사진, GIF, MP4, WebM, MOV
option-preset = 프리셋
option-preset-description = 꿈의 스타일. /프리셋에서 모두 볼 수 있어요
option-of = 대상
option-of-description = 사진에서 자라날 대상. 예: 해파리 (1,000가지 중에서 골라요)
option-strength = 강도
option-strength-description = 효과의 세기: 1은 프리셋 그대로, 0.5는 약하게, 2는 강하게
option-size = 크기
option-size-description = 긴 변의 길이(픽셀). 더 작은 사진은 그대로예요
option-iterations = 반복
option-iterations-description = 옥타브마다 반복하는 횟수 (프리셋 값 대신 사용)
option-octaves = 옥타브
option-octaves-description = 큰 무늬부터 작은 무늬까지 나누는 옥타브 수 (프리셋 값 대신 사용)
option-layer = 층
option-layer-description = 꿈에 쓸 신경망 층 하나 (프리셋 대신 사용)
option-guide = 참고사진
option-guide-description = 모양과 질감을 참고할 두 번째 사진
option-mask = 마스크
option-mask-description = 비율이 같은 흑백 사진: 흰 곳만 꿈이 되고 검은 곳은 그대로예요
option-keep-colour = 색유지
option-keep-colour-description = 원래 색은 그대로 두고 밝기만 바꿔요
option-seed = 시드
option-seed-description = 사진, 옵션, 시드가 같으면 언제나 같은 꿈이 나와요
option-spoiler = 스포일러
option-spoiler-description = 꿈을 스포일러로 가려요
option-private = 비공개
option-private-description = 나만 꿈을 볼 수 있어요
option-motion = 움직임
option-motion-description = 꿈이 움직이는 방식. 기본: GIF와 영상은 움직이고 사진은 그대로예요
option-seconds = 길이
option-seconds-description = 움직임의 길이(초). 더 긴 영상은 이 길이로 잘라요
option-fps = 프레임
option-fps-description = 1초에 보여 줄 프레임 수 (최대)
option-file-format = 형식
option-file-format-description = 움직이는 꿈의 파일 형식 (기본: WebP)

settings-show = 보기
settings-show-description = 이 서버의 설정을 보여 줘요
settings-switch = 켜고끄기
settings-switch-description = 이 서버에서 꿈꾸기를 켜거나 꺼요
option-on = 켜기
option-on-description = True: 멤버가 여기서 꿈을 만들 수 있어요. False: 만들 수 없어요
settings-channel = 채널
settings-channel-description = 지정한 채널에서만 꿈을 만들 수 있게 해요. 채널은 하나씩 추가하세요
option-channel = 채널
option-channel-description = 허용할 채널 (스레드 포함)
option-allowed = 허용
option-allowed-description = False: 채널을 목록에서 빼요. 목록이 비면 모든 채널에서 가능해요
settings-sharing = 함께하기
settings-sharing-description = 다른 사람의 꿈에도 ‘다시 뽑기’, ‘더 깊이’, 프리셋을 쓸 수 있는지 정해요
option-sharing-description = True: 누구나 자기 횟수로 쓸 수 있어요. False: 꿈의 주인만 쓸 수 있어요
settings-preset = 프리셋
settings-preset-description = 프리셋을 고르지 않은 멤버에게 쓸 프리셋을 정해요
settings-size = 크기
settings-size-description = 멤버가 요청할 수 있는 최대 크기(픽셀)를 정해요
settings-limits = 한도
settings-limits-description = 멤버가 꿈을 얼마나 만들 수 있는지 정해요. 입력하지 않은 값은 그대로예요
option-dreams = 횟수
option-dreams-description = 정한 시간(분) 동안 다시 채워지는 꿈의 수
option-minutes = 분
option-minutes-description = 꿈이 그만큼 다시 채워지는 데 걸리는 시간(분)
option-burst = 연속
option-burst-description = 모아 두었다가 연달아 쓸 수 있는 꿈의 수
option-waiting = 대기
option-waiting-description = 한 멤버가 대기열에 넣어 둘 수 있는 꿈의 수
option-running = 동시
option-running-description = 한 멤버가 동시에 진행할 수 있는 꿈의 수
option-role = 역할
option-role-description = 모두가 아니라 이 역할의 멤버에게만 적용해요
settings-exempt = 예외
settings-exempt-description = 이 역할에는 한도를 적용하지 않아요
option-exempt = 예외
option-exempt-description = False: 다시 한도를 적용해요
option-reset = 초기화
option-reset-description = 먼저 기본값으로 되돌려요. 함께 입력한 값은 그다음에 적용돼요
settings-remove = 제거
settings-remove-description = 채널이나 역할을 설정에서 제거해요. 이미 삭제된 것도 제거할 수 있어요
option-entry = 항목
option-entry-description = 채널이나 역할, 또는 그 ID

admin-statistics = 상태
admin-statistics-description = 봇의 상태와 진행 중인 모든 꿈을 보여 줘요
admin-drain = 접수중지
admin-drain-description = 새 꿈은 받지 않고 대기 중인 꿈만 마무리해요
admin-resume = 재개
admin-resume-description = 새 꿈을 다시 받아요
admin-cancel = 취소
admin-cancel-description = 누구의 꿈이든 취소해요
option-job = 번호
option-job-description = 꿈의 ID. 상태, 로그, 파일 이름에 나와요
admin-block = 차단
admin-block-description = 사용자나 서버를 차단해요. 비워 두면 차단 목록을 보여 줘요
admin-unblock = 차단해제
admin-unblock-description = 사용자나 서버의 차단을 풀어요. 비워 두면 차단 목록을 보여 줘요
option-user = 사용자
option-user-description = 사용자. 모든 서버에서 적용돼요
option-server = 서버
option-server-description = 서버 ID. 그 서버의 모두에게 적용돼요

## 프리셋

preset-mild = 은은하게
preset-mild-description = 사진은 그대로, 살아 있는 듯한 무늬가 살짝 비쳐요
preset-intense = 강렬하게
preset-intense-description = 제대로 된 딥드림. 구석구석 생물과 구슬과 비늘이 가득해요
preset-classic = 클래식
preset-classic-description = 케라스 예제에 나오는 원조 딥드림
preset-classic-exact = 케라스 예제의 원조 딥드림을 수치 하나까지 그대로
preset-animals = 동물
preset-animals-description = 세상에 없던 개와 새와 짐승들
preset-eyes = 눈
preset-eyes-description = 털이 소용돌이치고, 그 한가운데마다 눈이 있어요
preset-fur = 털
preset-fur-description = 모든 윤곽을 따라 고운 털이 자라요
preset-camouflage = 위장
preset-camouflage-description = 사진 본래의 색 속에 생물들이 숨어 있어요
preset-storybook = 동화책
preset-storybook-description = 반짝이는 눈의 둥글고 큰 얼굴들을 부드럽고 환한 색으로
preset-jewels = 보석
preset-jewels-description = 선명한 색의 구슬과 꽃잎과 비늘이 모든 것을 뒤덮어요
preset-underwater = 바닷속
preset-underwater-description = 해파리와 산호와 말미잘이 사진 속을 떠다녀요
preset-flowers = 꽃
preset-flowers-description = 곳곳에서 꽃잎과 꽃송이가 피어나요
preset-architecture = 건축
preset-architecture-description = 모든 것이 벽과 탑과 둥근 천장으로 바뀌어요
preset-ribbons = 리본
preset-ribbons-description = 굵고 말린 리본이 모든 선을 따라가요
preset-mosaic = 모자이크
preset-mosaic-description = 저마다 다른 홈이 새겨진 돌 조각들
preset-geometric = 기하학
preset-geometric-description = 곧은 선과 서로 엇갈리는 면들
preset-patchwork = 조각보
preset-patchwork-description = 창문과 단추와 천 조각들
preset-engraving = 판화
preset-engraving-description = 사진 본래의 색으로 새긴 가는 선
preset-painterly = 회화
preset-painterly-description = 부드러운 붓질, 따뜻한 털빛과 반짝이는 눈
preset-glass = 스테인드글라스
preset-glass-description = 빛이 비쳐 드는 색유리 조각
preset-webs = 거미줄
preset-webs-description = 실과 그물과 거미줄이 그림 전체를 휘감아요

choice-mild = { preset-mild } – { preset-mild-description }
choice-intense = { preset-intense } – { preset-intense-description }
choice-classic = { preset-classic } – { preset-classic-description }
choice-animals = { preset-animals } – { preset-animals-description }
choice-eyes = { preset-eyes } – { preset-eyes-description }
choice-fur = { preset-fur } – { preset-fur-description }
choice-camouflage = { preset-camouflage } – { preset-camouflage-description }
choice-storybook = { preset-storybook } – { preset-storybook-description }
choice-jewels = { preset-jewels } – { preset-jewels-description }
choice-underwater = { preset-underwater } – { preset-underwater-description }
choice-flowers = { preset-flowers } – { preset-flowers-description }
choice-architecture = { preset-architecture } – { preset-architecture-description }
choice-ribbons = { preset-ribbons } – { preset-ribbons-description }
choice-mosaic = { preset-mosaic } – { preset-mosaic-description }
choice-geometric = { preset-geometric } – { preset-geometric-description }
choice-patchwork = { preset-patchwork } – { preset-patchwork-description }
choice-engraving = { preset-engraving } – { preset-engraving-description }
choice-painterly = { preset-painterly } – { preset-painterly-description }
choice-glass = { preset-glass } – { preset-glass-description }
choice-webs = { preset-webs } – { preset-webs-description }

## 움직임

motion-still = 정지
motion-still-description = 영상이어도 그림 한 장으로 만들어요
motion-zoom = 줌
motion-zoom-description = 꿈속으로 끝없이 빠져들어요
motion-grow = 성장
motion-grow-description = 사진에서 꿈이 자라나는 모습을 봐요
motion-morph = 변신
motion-morph-description = 사진이 꿈으로 변했다가 되돌아와요
motion-clip = 영상
motion-clip-description = GIF나 영상을 한 프레임씩 꿈으로 바꿔요
motion-still-choice = { motion-still } – { motion-still-description }
motion-zoom-choice = { motion-zoom } – { motion-zoom-description }
motion-grow-choice = { motion-grow } – { motion-grow-description }
motion-morph-choice = { motion-morph } – { motion-morph-description }
motion-clip-choice = { motion-clip } – { motion-clip-description }
format-webp-choice = WebP – 작고 선명해요
format-gif-choice = GIF – 어디서나 보이지만 색이 적어요
format-avif-choice = AVIF – 가장 작아요. 최신 앱에서 보여요
format-mp4-choice = MP4 – 일반 동영상
format-webm-choice = WebM – 개방형 형식의 동영상
bound-motion-of-still = 정지, 줌, 성장, 변신 (움직이지 않는 사진)
bound-motion = 정지, 줌, 성장, 변신, 영상

## 카드

card-title = 꿈꾸는 중: { $name }
card-title-waiting = 대기 중: { $name }
card-title-done = 완성: { $name }
card-title-cancelled = 취소됨: { $name }
card-title-failed = 실패: { $name }
card-title-paused = 잠시 멈춤: { $name }
card-title-of = { $thing } 꿈을 꾸는 중
card-place = { $place ->
    [1] 바로 다음 차례예요.
   *[other] 대기열에서 { $place }번째예요.
}
card-ready = { $when } 완성 예정
card-done-at = { $when } 완성 예정
card-dreamed = **{ $preset }** · { $seconds }초 만에 꾼 꿈
card-guided = 참고 사진 적용
card-masked = 마스크 적용
card-own-colours = 원래 색 유지
card-kept = 완성됐을 때 전해 드리지 못한 꿈이에요:
card-perhaps = 이 꿈을 보내던 중에 연결이 끊겨서, 받으셨는지 확실하지 않아요.
card-refused = 이 사진은 꿈으로 바꿀 수 없었어요. 이유는 보낸 분께 알려 드렸어요.
card-cut-short = 보내 주신 파일이 온전하지 않아서 사진 일부가 빠졌어요.
card-guide-cut-short = 참고 사진 파일이 온전하지 않아서 일부만 참고했어요.
card-mask-cut-short = 마스크 파일이 온전하지 않아서 마스크 일부가 빠졌어요.
card-encoded = 이곳의 업로드 용량 제한에 맞춰 { $format } 형식으로 저장했어요.
card-shrunk = 메모리가 부족해서 { $size }보다 작게 만들었어요.
card-scaled = 이곳의 업로드 용량 제한에 맞춰 { $size }에서 줄였어요.
card-cancelled = 꿈을 멈췄어요.
card-original-deleted = 이 꿈의 원본 사진이 삭제돼서 꿈을 멈췄어요.
card-free = 꿈 횟수는 차감되지 않았어요.
card-paused = 지금 재시작하고 있어요. 돌아오면 꿈을 이어서 꿀게요.
card-elsewhere = 꿈은 별도 메시지로 보냈어요.
card-stays = 꿈은 완성됐지만 전해 드리지 못했어요. 다음에 { COMMAND("queue") } 또는 { COMMAND("dream") } 명령어를 쓰실 때 드릴게요.
card-failed = 저에게 문제가 생겨 이 꿈을 완성하지 못했어요. 꿈 횟수는 차감되지 않았어요. 문제가 계속되면 { $support ->
    [none] 봇 운영자에게
   *[other] [고객 지원]({ $support })에
} 이 오류 번호를 알려 주세요: `{ $reference }`
card-original = 원본:
details-title = 자세히: { $name }
details-things = **대상:** { $things }
details-layers = **층:** { $layers }
details-octaves = **옥타브:** { $octaves }개 · **옥타브당 반복:** { $steps }회
details-strength = **강도:** { $strength }
details-size = **크기:** { $width } × { $height }픽셀
details-seed = **시드:** { $seed }
details-format = **형식:** { $format }
alt-dream = 사진을 꿈으로 바꾼 그림, { $preset } 프리셋, { $width } × { $height }픽셀
alt-dream-of = 사진에서 자라난 { $thing } 꿈, { $width } × { $height }픽셀
card-frame = 프레임 { $frame }/{ $frames }
card-price = 이 꿈은 횟수를 { $price }회 써요. 시작하기 전에 취소하면 차감되지 않아요.
card-price-started = 이 꿈은 횟수를 { $price }회 써요. 지금 취소하면 { $refund }회를 돌려 드려요.
card-price-spent = 이 꿈은 횟수를 { $price }회 써요. 지금 취소해도 마찬가지예요.
card-refunded = 차감된 { $price }회 중 { $refund }회를 돌려 드렸어요.
card-starts = 지금 시작해요.
card-moved = 프레임 { $frames }개 · 초당 { $fps }개
card-first-seconds = 영상이 길어서 처음 { $seconds }초만 꿈으로 바꿨어요.
card-reduced = 이곳의 업로드 용량 제한에 맞춰 줄였어요: { $reduced }.
reduced-quality = 화질
reduced-rate = 프레임 수
reduced-size = 크기
alt-moving = 움직이는 꿈: { $name }, { $width } × { $height }픽셀
alt-preview = 아직 자라고 있는 꿈, { $preset } 프리셋
alt-preview-of = 아직 자라고 있는 { $thing } 꿈
alt-original = 꿈의 바탕이 된 사진
alt-thumbnail = { $preset } 프리셋의 예시
alt-compared = { $preset } 프리셋을 적용한 내 사진
button-cancel = 취소
button-retry = 다시 시도
button-deeper = 더 깊이
button-again = 다시 뽑기
button-adjust = 조정하기…
button-details = 자세히
button-original = 원본
button-delete = 삭제
button-fetch = 보여 주기
button-preset = 다른 프리셋으로…
button-thing = 다른 대상으로…
button-motion = 움직이게 하기…
button-keep = 그대로 두기
button-forget = 모두 삭제
button-support = 고객 지원
button-policy = 개인정보 처리방침
button-category = 다른 종류 보기…
button-use = 마지막 사진에 적용하기…
button-compare = 내 사진으로 네 가지 비교하기
button-compare-four = 네 가지 프리셋 비교
button-compare-four-description = 내 사진을 네 가지 프리셋으로 작게 나란히 보여 줘요
button-compare-again = 다시 시도
button-compare-others = 다른 네 가지 비교하기…

choose-picture = 어떤 사진으로 꿈을 꿀까요?
choose-picture-option = 사진 { $number }
choose-picture-placeholder = 사진을 골라 주세요…

adjust-title = 이 꿈 조정하기
adjust-preset = 프리셋
adjust-thing-alone = 대상만
adjust-thing-alone-description = 프리셋 스타일 없이 대상만 꿈꿔요
adjust-of = 무엇을 꿈꿀까요?
adjust-of-description = 해파리처럼 사진에서 자라날 대상. 비워 두어도 돼요. 참고 사진과는 함께 쓸 수 없어요.
adjust-strength = 강도
adjust-strength-0-25 = 아주 약하게
adjust-strength-0-5 = 약하게
adjust-strength-1 = 프리셋 그대로
adjust-strength-1-5 = 조금 더 강하게
adjust-strength-2 = 강하게
adjust-strength-4 = 아주 강하게
adjust-numbers = 크기와 시드
adjust-numbers-description = 크기는 { $low }~{ $largest }픽셀이에요. 시드를 지우면 새로 뽑아요.
adjust-numbers-guided = 크기, 시드, 참고 사진
adjust-numbers-guided-description = 크기는 { $low }~{ $largest }픽셀이에요. 시드나 참고 사진 줄을 지우면 시드를 새로 뽑거나 참고 사진 없이 꿈꿔요.
adjust-keep = 유지
adjust-guide = 참고 사진
adjust-guide-description = { option-guide-description }
adjust-guide-again = { adjust-guide }
adjust-guide-again-description = 여기에 사진을 올리면 이 꿈의 참고 사진을 바꿔요
adjust-unchanged = 그대로

presets-title = 프리셋: { $category }
category-dreamlike = 클래식 딥드림
category-creatures = 생명체
category-worlds = 다른 세계
category-patterns = 무늬
category-art = 미술
category-mix = 골고루
comparison-title = 내 사진을 네 가지 프리셋으로
comparison-waiting = 작은 꿈 네 개를 꾸고 있어요. 몇 초면 되는데, 바쁠 때는 조금 더 걸려요.
comparison-stuck = 2분이 지나도 안 나오면 다시 시도해 주세요.
comparison-choose = 마음에 드는 걸 고르면 원래 크기로 꿈꿔 드릴게요.
presets-things = { COMMAND("dream") }의 `대상`으로 해파리 같은 천 가지 대상 중 하나가 자라나게 할 수 있어요. 프리셋을 함께 고르면 그 스타일로 꿈꿔요.
presets-motion = { COMMAND("dream") }의 `움직임`으로 끝없는 줌, 성장, 변신을 만들 수 있어요. GIF와 영상도 돼요.
queue-title = 내 꿈
queue-none = 진행 중인 꿈이 없어요. { COMMAND("dream") } 명령어로 시작해 보세요.
queue-waiting = **{ $preset }** · 사진을 가져오는 중이에요
queue-place = **{ $preset }** · 대기 { $place }번째
queue-dreaming = **{ $preset }** · 진행 중
queue-more = … 그 밖에 { $more }개
queue-load = 전체: 대기 { $waiting }개, 진행 중 { $dreaming }개
queue-left = 남은 꿈: **{ $left }/{ $most }개**{ $when ->
    [none] {""}
   *[other] {" "}· { $left ->
        [0] 다음 꿈은 { $when }에 준비돼요
       *[other] { $when }에 하나 더 채워져요
    }
}
queue-unlimited = 남은 꿈: **무제한**
queue-limits = 이곳에서의 내 한도: { $limits }
queue-pause = 읽을 수 없는 사진이 계속 이어져서 새 사진은 { $when }에 다시 받을게요. 꿈 아래의 버튼은 그대로 쓸 수 있어요.
delete-title = { $place ->
    [private] 이 꿈을 삭제할까요?
   *[channel] 모두에게서 이 꿈을 삭제할까요?
}
delete-question = 메시지를 지우고, 보관 중인 꿈과 설정, 원본 사진을 삭제해요. 다른 꿈에 아직 필요한 사진은 남겨 둬요. 다른 사람이 이 꿈으로 만든 꿈의 버튼도 더 이상 쓸 수 없어요. 되돌릴 수 없어요.
delete-done = 삭제했어요. 꿈도, 꿈에 대해 보관하던 정보도 모두 사라졌어요.
delete-message-left = 이 꿈에 대해 보관하던 정보는 모두 삭제했지만 메시지는 지우지 못했어요. 꿈 아래의 *{ button-delete }* 버튼을 한 번 더 눌러 주세요.
kept-all = 아무것도 삭제하지 않았어요.
forget-title = 저장된 내 정보를 모두 삭제할까요?
forget-question = { $dreams ->
    [0] 지금 보관 중인 꿈은 없지만, 남은 정보가 있다면 모두 삭제해요.
   *[other] 꿈 { $dreams }개와 원본 사진을 모두 삭제해요.
} 진행 중인 꿈은 취소되고, 꿈 아래의 버튼은 다른 사람이 그 꿈으로 만든 것까지 더 이상 쓸 수 없어요. 이미 올린 메시지는 직접 지울 때까지 남아 있어요. 되돌릴 수 없어요.
forget-done = 다 지웠어요. 만든 꿈과 원본 사진, 그 밖에 저장된 정보를 모두 삭제했어요. 채널에 올린 메시지는 직접 지울 때까지 남아 있어요. 남은 꿈 횟수는 다시 가득 찰 때까지만, 읽지 못한 사진 수는 길어야 한 시간만 보관해요.
forget-but-blocked = 차단 상태도 그대로 유지돼요.

## /도움말

help-title = 함께 꿈꾸는 방법
help-intro =
    사진을 딥드림으로 바꿔 드려요. 사진에서 눈과 털과 무늬가 자라나요.
    사진 한 장만 주시면 살아나는 모습을 볼 수 있어요.
help-start = **꿈 시작하기**
    - { COMMAND("dream") }: 사진을 첨부하세요
    - *{ menu-dream-this }*: 올라온 사진으로 꿈꿔요. 메시지를 우클릭하거나 길게 누르고 *앱*을 고르세요
    - *{ menu-dream-avatar }*: 프로필 사진으로 꿈꿔요. 그 사람을 우클릭하고 *앱*을 고르세요
help-buttons = **꿈 아래의 버튼**
    - *{ button-deeper }*: 꿈에서 이어서 더 꿔요
    - *{ button-again }*: 같은 사진으로 새로운 꿈을 꿔요
    - *{ button-adjust }*: 프리셋, 강도, 크기 등을 바꿔서 다시 꿔요
    - *{ button-original }*: 원래 사진을 나에게만 보여 줘요
    - *{ button-delete }*: 한 번 물어본 뒤 꿈을 지워요
    - 메뉴에서 다른 프리셋을 고르거나 움직이게 할 수 있어요
help-more = **더 해 보기**
help-presets = { COMMAND("presets") }: 모든 스타일을 볼 수 있어요
help-things = { COMMAND("dream") }의 `{ option-of }`: 해파리 같은 대상 하나가 가득 자라나요
help-motion = { COMMAND("dream") }의 `{ option-motion }`: 줌, 성장, 변신으로 꿈이 움직여요. GIF는 저절로 움직여요
help-queue = { COMMAND("queue") }: 진행 중인 꿈과 남은 꿈, 내 한도를 보여 줘요
help-managers = 이 서버를 관리하고 계시네요. { COMMAND("dream-settings show") }에서 채널과 한도, 프리셋을 보고, 같은 명령어의 다른 하위 명령어로 바꿀 수 있어요.
help-privacy = { COMMAND("privacy") }에서 어떤 정보를 보관하는지, 어떻게 지우는지 볼 수 있어요.

## /개인정보

privacy-title = 개인정보
privacy-kept = **보관하는 정보**
privacy-pictures = 내 꿈과, 보낸 그대로의 사진: 꿈 아래의 버튼이 작동하도록 마지막으로 쓰인 뒤 { $time } 동안 보관해요. 모두의 사진을 합쳐 { $megabytes }MB가 차면 가장 많이 쓰는 사람의 오래된 사진부터 먼저 지워요. 꿈이 거절되거나 실패하면 사진은 바로 지워요
privacy-jobs = 꿈마다의 기록: 사용자 ID, 서버와 채널과 메시지의 ID, 언어, 고른 옵션. 꿈이 끝난 뒤 { $time } 동안, 그리고 사진이 남아 있는 동안 보관해요
privacy-allowance = 쓴 꿈의 수: 횟수가 다시 가득 찰 때까지만 보관해요. 이곳의 한도로는 길어야 { $time }이에요
privacy-bad-pictures = 읽지 못한 사진의 수: 길어야 { $time } 동안 보관해요
privacy-blocks = 봇 운영자가 차단한 경우: 차단이 풀릴 때까지 사용자 ID를 보관해요
privacy-log = 로그: 언제 무슨 일이 있었는지 기록해요. 사진이나 입력한 글은 담지 않아요. 보관 기간은 봇 운영자가 정해요
privacy-log-everything = 로그: 지금은 봇 운영자의 설정에 따라 이름과 메시지를 포함해 디스코드가 보내는 모든 것이 기록돼요. 보관 기간도 봇 운영자가 정해요
privacy-delay = 기한이 지난 정보는 { $time } 안에 지워요
privacy-access = **볼 수 있는 사람**
    채널에 올린 꿈은 그 채널을 보는 모두가 볼 수 있고, `{ option-private }`로 만든 꿈은 나만 볼 수 있어요. 원본은 나만 열 수 있어요. 봇 운영자는 보관된 모든 정보에 접근할 수 있어요. 그 밖의 누구에게도 넘기지 않고, 보여 주는 모든 사진에서 위치 같은 촬영 정보를 지워요. 대화를 읽지도 않아요. 저에게 맡긴 사진이나 메시지만 봐요.
privacy-deletion = **지우는 방법**
    꿈 아래의 *{ button-delete }* 버튼은 그 메시지와 그 꿈에 대해 보관한 모든 것을 지워요. { COMMAND("forget-me") } 명령어는 나에 대한 모든 것을 한 번에 지워요. 쓴 꿈의 수, 읽지 못한 사진의 수, 차단 상태만 남아요. 이미 올린 메시지는 직접 지울 때까지 남아 있어요.
privacy-policy = 자세한 내용은 봇 운영자의 [개인정보 처리방침]({ $url })에 있어요.
duration-days = { $days }일
duration-hours = { $hours }시간
duration-minutes = { $minutes }분

admin-title = { $when }부터 실행 중
admin-well = 모두 정상이에요.
admin-problems = 문제: { $problems }.
admin-serving = 새 꿈을 받고 있어요.
admin-draining = { COMMAND("dream-admin resume") } 명령어를 쓰거나 봇을 재시작할 때까지 새 꿈을 받지 않아요.
admin-day = 지난 24시간 요청(기록 기준): { $people }명, 꿈 { $jobs }개. 전달 { $delivered }개, 보관 { $kept }개, 취소 { $cancelled }개, 거절 { $refused }개, 실패 { $failed }개, 전할 곳 없음 { $lost }개
admin-kept = 보관 중인 사진은 { $megabytes }MB예요.
admin-cancelled = 꿈을 취소하고 요청한 사람에게 알렸어요: `{ $job }`
admin-blocked = 차단 목록
admin-blocked-server = 서버 { $server }
admin-nobody = 차단된 대상이 없어요.

rules-title = 이 서버의 꿈 설정
rules-on = 꿈꾸기가 켜져 있어요.
rules-off = 꿈꾸기가 꺼져 있어요.
rules-channels = 꿈을 만들 수 있는 채널: { $channels }
rules-everywhere = 모든 채널에서 꿈을 만들 수 있어요.
rules-sharing-on = 누구의 꿈에든 ‘다시 뽑기’, ‘더 깊이’, 다른 프리셋을 쓸 수 있어요.
rules-sharing-off = ‘다시 뽑기’, ‘더 깊이’, 다른 프리셋은 꿈의 주인만 쓸 수 있어요.
rules-preset = 기본 프리셋: { $preset }
rules-size = 최대 크기: { $size }픽셀
size-largest = { $size } – 여기서 가장 큰 크기
rules-everyone = 모두: { $limits }
rules-role = { $role }: { $limits }
rules-exempt = { $role }: 한도 없음
rules-limits = { $minutes }분마다 { $dreams }개, 연속 { $burst }개, 대기 { $waiting }개, 동시 { $running }개

## 할 수 없는 일과 그 이유

error-ours = 저에게 문제가 생겼어요. 문제가 계속되면 { $support ->
    [none] 봇 운영자에게
   *[other] [고객 지원]({ $support })에
} 이 오류 번호를 알려 주세요: `{ $reference }`
error-no-picture = 그 메시지에서 사진을 찾지 못했어요.
error-foreign-host = 디스코드에 올린 사진만 쓸 수 있어요. 사진을 첨부해서 다시 시도해 주세요.
error-download = 디스코드에서 사진을 가져오지 못했어요. 삭제됐을 수도 있어요. 다시 시도하거나 사진을 다시 올려 주세요.
error-switched-off = 이 서버에서는 꿈꾸기가 꺼져 있어요.
error-channel = 이 채널에서는 꿈을 만들 수 없어요. { $channels }에서 시도해 주세요.
error-rate = 지금 쓸 수 있는 꿈을 다 썼어요. 다음 꿈은 { $when }에 준비돼요. 이번 요청은 차감되지 않았어요.
error-price = 이 꿈은 { $price }회로 계산되는데, 지금은 { $left }회만 남았어요. { $when }에 다시 시도해 주세요. 이번 요청은 차감되지 않았어요.
error-bad-pictures = 읽을 수 없는 사진이 계속 이어져서 새 사진은 잠시 쉬었다 받을게요. { $when }에 다시 시도해 주세요. 이번 요청은 차감되지 않았고, 꿈 아래의 버튼은 그대로 쓸 수 있어요.
error-original-rate = 원본을 많이 보셨어요. 다음 원본은 { $when }에 볼 수 있어요.
error-comparison-rate = 비교는 1분에 한 번 할 수 있어요. { $when }에 다시 시도해 주세요.
error-comparison-running = 아직 지난번 비교를 만들고 있어요. 곧 보여 드릴게요.
error-comparison-busy = 지금은 다른 꿈을 꾸느라 바빠요. 몇 분 뒤에 다시 비교해 보거나, 프리셋을 고르면 대기열에 넣어 드릴게요.
error-no-last-picture = 꿈꿀 사진이 없어요. 먼저 { COMMAND("dream") } 명령어로 사진을 보낸 다음 { COMMAND("presets") } 명령어를 다시 써 주세요.
error-waiting = 이미 꿈 { $most }개가 대기 중이에요. { $when }에 다시 시도하거나 하나를 취소해 주세요. 이번 요청은 차감되지 않았어요.
error-queue-full = 대기열이 가득 찼어요. { $when }에 다시 시도해 주세요. 이번 요청은 차감되지 않았어요.
error-too-much-work = { $minutes }분쯤 걸릴 텐데 한도는 { $limit }분이에요. 크기나 반복 횟수를 줄여 보세요.
error-size = 여기서 만들 수 있는 최대 크기는 { $largest }픽셀이에요.
error-no-room = 지금은 저장 공간이 부족해서 할 수 없어요. 꿈 횟수는 차감되지 않았으니 나중에 다시 시도해 주세요.
error-motion-space = 그 움직임을 만들려면 제가 쓸 수 있는 { $limit }MB보다 많은 공간이 필요해요. 크기나 길이, 초당 프레임 수를 줄여 보세요.
error-shutting-down = 지금 재시작하고 있어서 할 수 없어요. 몇 분 뒤에 다시 시도해 주세요.
error-not-yours = 다른 사람의 꿈이에요. { COMMAND("dream") } 명령어로 나만의 꿈을 만들어 보세요.
error-not-your-picture = 다른 사람의 사진으로 만든 꿈이라 원본은 보여 드릴 수 없어요.
error-not-operator = 봇 운영자만 할 수 있어요.
error-blocked = 봇 운영자가 회원님을 차단했어요.
error-blocked-server = 봇 운영자가 이 서버를 차단했어요.
error-draining = 지금은 점검 중이라 새 꿈을 받지 않아요. 나중에 다시 시도해 주세요. 이번 요청은 차감되지 않았어요.
error-not-manager = 서버를 관리할 권한이 있는 사람만 바꿀 수 있어요.
error-not-installed-here = 제가 들어가 있는 서버에서만 쓸 수 있어요.
error-option = 이 옵션에는 “{ $value }” 값을 쓸 수 없어요. 옵션 옆의 안내를 확인해 주세요.
error-line = “{ $line }” 줄을 이해하지 못했어요. “{ $example }”처럼 한 줄에 하나씩 적어 주세요. 이번 요청은 차감되지 않았어요.
error-number = { $field } 칸에는 “{ $value }” 값을 쓸 수 없어요. { $low }에서 { $high }까지의 정수를 적어 주세요. 이번 요청은 차감되지 않았어요.
error-not-set = 이 설정에 없는 채널이나 역할이에요: “{ $value }”. 입력할 때 나오는 목록에서 골라 주세요.
error-outdated = 디스코드가 불러온 뒤로 명령어가 바뀌었어요. Ctrl+R을 누르거나 앱을 다시 시작한 뒤 시도해 주세요.
error-no-longer-kept = 그 사진은 이제 가지고 있지 않아요. 사진은 일정 기간만 보관해요. { COMMAND("dream") } 명령어로 다시 올려 주세요.
error-details-gone = 그 꿈의 자세한 정보는 더 이상 없어요.
error-still-coming = 그 꿈의 사진을 아직 가져오는 중이에요. 잠시 뒤에 다시 시도해 주세요.
error-over-already = 그 꿈은 이미 끝났어요.
error-unknown-layer = “{ $layer }” 층은 없어요. 입력할 때 나오는 목록에서 골라 주세요.
error-unknown-preset = “{ $preset }” 프리셋은 더 이상 없어요. { COMMAND("presets") }에서 모두 볼 수 있어요.
error-unknown-thing = “{ $thing }”에 맞는 대상을 찾지 못했어요. { $suggestions ->
    [none] 입력할 때 나오는 목록에서 골라 주세요.
   *[other] 혹시 이 중에 있나요? { $suggestions }
}
error-never-offered-thing = { $thing } 꿈은 꾸지 않을래요. 다른 것을 골라 주세요.
error-unlisted-thing = “{ $thing }”에 맞는 대상을 찾지 못했어요. 해파리처럼 다른 말로 적어 주세요. 이번 요청은 차감되지 않았어요.
error-age-restricted-thing = { $thing } 꿈은 연령 제한 채널에서만 꿀 수 있어요. 그런 채널에서 시도하거나 여기서는 다른 것을 골라 주세요.
error-guided-thing = 대상과 참고 사진은 함께 쓸 수 없어요. 둘 중 하나만 남겨 주세요.
error-no-things = 제 신경망은 대상의 이름을 몰라요. 대신 프리셋을 골라 주세요.
list-last = { $others } 및 { $last }
bound-between = { $low }에서 { $high }까지의 수
error-settings = { $field } 옵션에는 { $value } 값을 쓸 수 없어요. 가능한 값: { $bound }
error-picture = 이 사진은 꿈으로 바꿀 수 없어요.
error-empty-picture = 빈 파일이에요.
error-not-a-picture = 읽을 수 있는 사진이 아니에요. 읽을 수 있는 형식: { $formats }
error-damaged-picture = 사진이 손상됐거나 온전하지 않거나 드문 형식이라 읽을 수 없어요.
error-invisible-picture = 사진 전체가 투명해서 꿈으로 바꿀 것이 없어요.
error-picture-bomb = 열어 보기에 부담이 너무 큰 사진이라 열지 않았어요.
error-too-many-bytes = 파일이 { $limit }MB 제한을 넘었어요.
error-too-many-pixels = 사진이 { MULTIPLIED($limit, by: 100) }만 화소 제한을 넘었어요.
error-too-small = 사진이 { $width } × { $height }픽셀이에요. 적어도 { $limit } × { $limit }픽셀이어야 해요.
error-too-narrow = 사진이 { $width } × { $height }픽셀이에요. 긴 변은 짧은 변의 { $limit }배까지만 가능해요.
error-too-large-for-format = { $format } 파일로 저장하기에는 사진이 너무 커요.
error-clip = 이 영상은 꿈으로 바꿀 수 없어요.
error-damaged-clip = 영상이 손상됐거나 온전하지 않거나 드문 형식이라 읽을 수 없어요.
error-clip-without-picture = 영상에 화면이 없어서 꿈으로 바꿀 것이 없어요.
error-clip-bomb = 크기가 비슷한 다른 영상보다 부담이 너무 커서 열지 않았어요.
error-guide = 참고 사진을 쓸 수 없어요. { $problem }
error-mask = 마스크를 쓸 수 없어요. { $problem }
error-mask-aspect = 마스크는 { $mask_width } × { $mask_height }픽셀인데 꿈은 { $width } × { $height }픽셀이에요. 가로세로 비율이 같아야 해요.
error-time-limit = 꿈이 { $seconds }초를 넘겨서 멈췄어요. 크기나 반복 횟수를 줄여 보세요.
error-video-missing = 여기서는 동영상을 열거나 저장할 수 없어요. GIF나 움직이는 WebP, AVIF, PNG는 쓸 수 있어요.
error-animation-too-large = 화질과 프레임 수, 크기를 낮춰도 { $limit }MB를 넘어요. 더 짧게 해 보세요.
