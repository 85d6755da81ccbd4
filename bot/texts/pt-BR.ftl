### Tudo o que o bot diz, em português do Brasil. Os nomes são os de `en.ftl`.
### Tradução feita por um modelo de linguagem para este projeto. Os testes a comparam com o catálogo em inglês, mas
### nenhum falante nativo a revisou ainda. Correções são bem-vindas.
### (Translated by a language model for this project and checked against the English catalogue by tests, but not yet
### reviewed by a native speaker. Corrections are welcome.)

## Comandos: letras minúsculas, sem espaços, no máximo 32 letras

command-dream = sonhar
command-dream-description = Transforma uma imagem em DeepDream: dela brotam olhos, pelos e padrões
command-presets = estilos
command-presets-description = Mostra os estilos de sonho, cada um com um exemplo
command-queue = fila
command-queue-description = Mostra seus sonhos em andamento e o tamanho da fila
command-help = ajuda
command-help-description = Como sonhar comigo e para que serve cada botão
command-privacy = privacidade
command-privacy-description = O que eu guardo sobre você, por quanto tempo e como apagar
command-forget-me = apagar-meus-dados
command-forget-me-description = Apaga tudo o que eu guardo sobre você
command-dream-settings = configurar-sonhos
command-dream-settings-description = Configura os sonhos neste servidor
command-dream-admin = administrar-bot
command-dream-admin-description = Só para quem administra o bot
menu-dream-this = Transformar em sonho
menu-dream-avatar = Transformar avatar em sonho

option-image = imagem
option-image-description = A imagem que vai virar sonho: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF ou BMP
option-image-or-video-description = A imagem ou o clipe que vai virar sonho: foto, GIF, MP4, WebM ou MOV
option-preset = estilo
option-preset-description = O estilo do sonho; veja todos com /estilos
option-of = com
option-of-description = Algo que brota da imagem, como uma água-viva (há 1.000 opções)
option-strength = intensidade
option-strength-description = Força do efeito: 1 é a do estilo, 0,5 é mais leve, 2 é mais forte
option-size = tamanho
option-size-description = Lado maior do sonho em pixels; imagens menores ficam como estão
option-iterations = iterações
option-iterations-description = Passos por escala (em vez dos que o estilo usa)
option-octaves = oitavas
option-octaves-description = Número de escalas, da maior à mais fina (em vez das que o estilo usa)
option-layer = camada
option-layer-description = Uma única camada da rede neural para o sonho (em vez das que o estilo usa)
option-guide = guia
option-guide-description = Uma segunda imagem, com formas e texturas que guiam o sonho
option-mask = máscara
option-mask-description = Imagem em preto e branco na mesma proporção: o branco vira sonho, o preto não
option-keep-colour = manter-cores
option-keep-colour-description = Mantém as cores originais e muda só o claro e o escuro
option-seed = semente
option-seed-description = A mesma imagem, com as mesmas opções e semente, sempre dá o mesmo sonho
option-spoiler = spoiler
option-spoiler-description = Esconde o sonho atrás de um spoiler
option-private = privado
option-private-description = Só você pode ver o sonho
option-motion = movimento
option-motion-description = Como o sonho se move; por padrão, GIFs e vídeos se movem e fotos ficam paradas
option-seconds = segundos
option-seconds-description = Duração da animação; clipes mais longos são cortados nesse tempo
option-fps = fps
option-fps-description = Máximo de quadros por segundo
option-file-format = formato
option-file-format-description = Formato do arquivo da animação (padrão: WebP)

settings-show = mostrar
settings-show-description = Mostra as configurações deste servidor
settings-switch = ativar
settings-switch-description = Ativa ou desativa os sonhos neste servidor
option-on = ativo
option-on-description = True: os membros podem sonhar aqui. False: não podem
settings-channel = canal
settings-channel-description = Permite sonhar só em certos canais; adicione um de cada vez
option-channel = canal
option-channel-description = O canal, com todos os seus tópicos
option-allowed = permitido
option-allowed-description = False: tira o canal da lista. Com a lista vazia, todos os canais são permitidos
settings-sharing = compartilhar
settings-sharing-description = Define se os membros podem usar Refazer, Mais fundo e estilos nos sonhos dos outros
option-sharing-description = True: todo mundo pode, usando a própria cota. False: só quem criou o sonho
settings-preset = estilo
settings-preset-description = Escolhe o estilo para quem não escolher nenhum
settings-size = tamanho
settings-size-description = Define o maior tamanho que os membros podem pedir, em pixels
settings-limits = limites
settings-limits-description = Define quanto cada membro pode sonhar; o que você não preencher não muda
option-dreams = sonhos
option-dreams-description = Quantos sonhos cada membro recupera nesses minutos
option-minutes = minutos
option-minutes-description = Em quantos minutos esses sonhos voltam
option-burst = seguidos
option-burst-description = Quantos sonhos cada membro pode acumular e usar em seguida
option-waiting = na-fila
option-waiting-description = Quantos sonhos cada membro pode ter na fila
option-running = simultâneos
option-running-description = Quantos sonhos de cada membro podem rodar ao mesmo tempo
option-role = cargo
option-role-description = Vale só para os membros com este cargo, e não para todo mundo
settings-exempt = isentar
settings-exempt-description = Libera um cargo de todos os limites
option-exempt = isento
option-exempt-description = False: os limites voltam a valer
option-reset = redefinir
option-reset-description = Primeiro volta ao padrão; depois aplica os outros valores que você preencher
settings-remove = remover
settings-remove-description = Tira um canal ou cargo destas configurações, mesmo que já tenha sido excluído
option-entry = item
option-entry-description = O canal ou cargo, ou o ID dele

admin-statistics = estatísticas
admin-statistics-description = Mostra o estado do bot e todos os sonhos em andamento
admin-drain = pausar
admin-drain-description = Para de aceitar sonhos novos e termina os que estão na fila
admin-resume = retomar
admin-resume-description = Volta a aceitar sonhos novos
admin-cancel = cancelar
admin-cancel-description = Cancela o sonho de qualquer pessoa
option-job = sonho
option-job-description = O ID do sonho, como aparece nas estatísticas, nos logs e nos nomes de arquivo
admin-block = bloquear
admin-block-description = Bloqueia uma pessoa ou um servidor; deixe em branco para ver os bloqueios
admin-unblock = desbloquear
admin-unblock-description = Desbloqueia uma pessoa ou um servidor; deixe em branco para ver os bloqueios
option-user = pessoa
option-user-description = A pessoa, em todos os servidores
option-server = servidor
option-server-description = ID do servidor (vale para todo mundo nele)

## Estilos

preset-mild = Suave
preset-mild-description = Um toque leve: a imagem continua reconhecível, com sinais de algo vivo
preset-intense = Intenso
preset-intense-description = O DeepDream completo: criaturas, miçangas e escamas por todo canto
preset-classic = Clássico
preset-classic-description = A receita original do DeepDream, do exemplo do Keras
preset-classic-exact = O DeepDream original do exemplo do Keras, número por número
preset-animals = Animais
preset-animals-description = Cães, pássaros e bichos que nunca existiram
preset-eyes = Olhos
preset-eyes-description = Redemoinhos de pelo com um olho no meio de cada um
preset-fur = Pelagem
preset-fur-description = Pelos finos crescem ao longo de cada contorno
preset-camouflage = Camuflagem
preset-camouflage-description = Criaturas se escondem nas cores da própria imagem
preset-storybook = Livro infantil
preset-storybook-description = Rostos grandes e redondos de olhos brilhantes, em cores suaves e claras
preset-jewels = Joias
preset-jewels-description = Miçangas, pétalas e escamas em cores fortes cobrem tudo
preset-underwater = Fundo do mar
preset-underwater-description = Águas-vivas, corais e anêmonas flutuam pela imagem
preset-flowers = Flores
preset-flowers-description = Pétalas e flores se abrem por toda parte
preset-architecture = Arquitetura
preset-architecture-description = Tudo vira paredes, torres e abóbadas
preset-ribbons = Fitas
preset-ribbons-description = Fitas grossas e enroladas seguem cada linha
preset-mosaic = Mosaico
preset-mosaic-description = Pedaços de pedra esculpida, cada um com seus sulcos
preset-geometric = Geométrico
preset-geometric-description = Traços retos e planos que se cruzam
preset-patchwork = Retalhos
preset-patchwork-description = Janelas, botões e retalhos de tecido
preset-engraving = Gravura
preset-engraving-description = Linhas finas gravadas nas cores da própria imagem
preset-painterly = Pintura
preset-painterly-description = Pinceladas suaves, pelos em tons quentes e olhos brilhantes
preset-glass = Vitral
preset-glass-description = Vidro colorido atravessado pela luz
preset-webs = Teias
preset-webs-description = Fios, redes e teias tecidos sobre tudo

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

## Movimentos

motion-still = Sem movimento
motion-still-description = Uma única imagem, mesmo de um clipe
motion-zoom = Zoom
motion-zoom-description = Um zoom sem fim para dentro do sonho
motion-grow = Crescimento
motion-grow-description = Veja o sonho brotar da imagem
motion-morph = Metamorfose
motion-morph-description = A imagem vira sonho e depois volta
motion-clip = Clipe
motion-clip-description = Seu GIF ou vídeo vira sonho, quadro a quadro
motion-still-choice = { motion-still } – { motion-still-description }
motion-zoom-choice = { motion-zoom } – { motion-zoom-description }
motion-grow-choice = { motion-grow } – { motion-grow-description }
motion-morph-choice = { motion-morph } – { motion-morph-description }
motion-clip-choice = { motion-clip } – { motion-clip-description }
format-webp-choice = WebP – leve e nítido
format-gif-choice = GIF – funciona em todo lugar, com menos cores
format-avif-choice = AVIF – o mais leve, para apps mais novos
format-mp4-choice = MP4 – vídeo
format-webm-choice = WebM – vídeo em formato aberto
bound-motion-of-still = sem movimento, zoom, crescimento ou metamorfose, porque essa imagem não se move
bound-motion = sem movimento, zoom, crescimento, metamorfose ou clipe

## Cartões

card-title = Sonhando: { $name }
card-title-waiting = Na fila: { $name }
card-title-done = Pronto: { $name }
card-title-cancelled = Cancelado: { $name }
card-title-failed = Não deu certo: { $name }
card-title-paused = Em pausa: { $name }
card-title-of = Sonhando com { $thing }
card-place = { $place ->
    [1] O próximo sonho é o seu.
   *[other] Seu sonho é o { $place }º da fila.
}
card-ready = pronto { $when }
card-done-at = Pronto { $when }
card-dreamed = **{ $preset }** · sonhado em { $seconds ->
    [one] { $seconds } segundo
   *[other] { $seconds } segundos
}
card-guided = guiado por uma segunda imagem
card-masked = com máscara
card-own-colours = cores originais
card-kept = Não consegui entregar este sonho quando ficou pronto, então aqui está:
card-perhaps = Houve uma interrupção enquanto eu enviava este sonho, então não sei se ele chegou até você.
card-refused = Não consegui transformar esta imagem em sonho. Já expliquei o motivo a quem a enviou.
card-cut-short = O arquivo que você enviou estava incompleto, então falta uma parte da imagem.
card-guide-cut-short = O arquivo da imagem-guia estava incompleto, então só uma parte foi usada.
card-mask-cut-short = O arquivo da máscara estava incompleto, então falta uma parte dela.
card-encoded = Salvo como { $format } para caber no limite de upload deste chat.
card-shrunk = Ficou menor que { $size } por falta de memória.
card-scaled = Reduzido de { $size } para caber no limite de upload deste chat.
card-cancelled = Parei este sonho.
card-original-deleted = Parei este sonho porque a imagem de origem foi apagada.
card-free = Nenhum sonho foi descontado.
card-paused = Estou reiniciando. Seu sonho continua sozinho assim que eu voltar.
card-elsewhere = O sonho está em outra mensagem.
card-stays = Seu sonho está pronto, mas não consegui entregar. Ele chega na próxima vez que você usar { COMMAND("queue") } ou { COMMAND("dream") }.
card-failed = Algo deu errado do meu lado e este sonho se perdeu. Nenhum sonho foi descontado. Se continuar acontecendo, envie a referência `{ $reference }` { $support ->
    [none] para quem administra o bot
   *[other] para o [suporte]({ $support })
}.
card-original = Original:
details-title = Detalhes: { $name }
details-things = **Sonho com:** { $things }
details-layers = **Camadas:** { $layers }
details-octaves = **Oitavas:** { $octaves } · **Passos por oitava:** { $steps }
details-strength = **Intensidade:** { $strength }
details-size = **Tamanho:** { $width } × { $height } pixels
details-seed = **Semente:** { $seed }
details-format = **Formato:** { $format }
alt-dream = Um sonho feito a partir de uma imagem, estilo { $preset }, { $width } × { $height } pixels
alt-dream-of = Uma imagem transformada em sonho com { $thing }, { $width } × { $height } pixels
card-frame = Quadro { $frame } de { $frames }
card-price = Gasta { $price ->
    [one] { $price } sonho
   *[other] { $price } sonhos
} da sua cota, ou nenhum se você cancelar antes de começar.
card-price-started = Gasta { $price ->
    [one] { $price } sonho
   *[other] { $price } sonhos
} da sua cota. Se você cancelar agora, recebe { $refund } de volta.
card-price-spent = Gasta { $price ->
    [one] { $price } sonho
   *[other] { $price } sonhos
} da sua cota, mesmo que você cancele agora.
card-refunded = Sonhos devolvidos à sua cota: { $refund } de { $price }.
card-starts = Começando agora.
card-moved = { $frames ->
    [one] { $frames } quadro
   *[other] { $frames } quadros
} · { $fps } por segundo
card-first-seconds = { $seconds ->
    [1] Usei só o primeiro segundo do seu clipe.
   *[other] Usei só os primeiros { $seconds } segundos do seu clipe.
}
card-reduced = Reduzido para caber no limite de upload deste chat: { $reduced }.
reduced-quality = menos qualidade
reduced-rate = menos quadros
reduced-size = tamanho menor
alt-moving = Um sonho animado: { $name }, { $width } × { $height } pixels
alt-preview = Um sonho que ainda está crescendo, estilo { $preset }
alt-preview-of = Um sonho com { $thing } que ainda está crescendo
alt-original = A imagem original
alt-thumbnail = Exemplo do estilo { $preset }
alt-compared = Sua imagem no estilo { $preset }
button-cancel = Cancelar
button-retry = Tentar de novo
button-deeper = Mais fundo
button-again = Refazer
button-adjust = Ajustar…
button-details = Detalhes
button-original = Original
button-delete = Apagar
button-fetch = Mostrar
button-preset = Experimentar outro estilo…
button-thing = Sonhar com outra coisa…
button-motion = Dar movimento…
button-keep = Manter
button-forget = Apagar tudo
button-support = Suporte
button-policy = Política de privacidade
button-category = Ver outra categoria…
button-use = Usar na última imagem…
button-compare = Comparar na minha imagem
button-compare-four = Comparar quatro estilos
button-compare-four-description = Veja quatro deles na sua imagem, pequenos e lado a lado
button-compare-again = Tentar de novo
button-compare-others = Comparar outros quatro…

choose-picture = Qual delas eu transformo em sonho?
choose-picture-option = Imagem { $number }
choose-picture-placeholder = Escolha uma imagem…

adjust-title = Ajustar este sonho
adjust-preset = Estilo
adjust-thing-alone = Sem estilo
adjust-thing-alone-description = Só aquilo com que você quer sonhar, sem nenhum estilo
adjust-of = Com o que sonhar
adjust-of-description = Algo como água-viva, ou deixe em branco. Não dá para usar junto com uma imagem-guia.
adjust-strength = Intensidade
adjust-strength-0-25 = Quase nada
adjust-strength-0-5 = Mais leve
adjust-strength-1 = A do próprio estilo
adjust-strength-1-5 = Um pouco mais forte
adjust-strength-2 = Mais forte
adjust-strength-4 = No máximo
adjust-numbers = Tamanho e semente
adjust-numbers-description = Tamanho: de { $low } a { $largest } pixels. Apague a semente para usar uma nova.
adjust-numbers-guided = Tamanho, semente e guia
adjust-numbers-guided-description = Tamanho: de { $low } a { $largest } pixels. Apague uma linha para mudar a semente ou tirar a imagem-guia.
adjust-keep = manter
adjust-guide = Imagem-guia
adjust-guide-description = { option-guide-description }
adjust-guide-again = { adjust-guide }
adjust-guide-again-description = Envie uma imagem aqui para trocar a imagem-guia deste sonho
adjust-unchanged = Como está

presets-title = Estilos: { $category }
category-dreamlike = DeepDream clássico
category-creatures = Criaturas
category-worlds = Mundos
category-patterns = Padrões
category-art = Arte
category-mix = Um pouco de tudo
comparison-title = Sua imagem em quatro estilos
comparison-waiting = Estou sonhando quatro versões pequenas. Leva alguns segundos, ou um pouco mais se eu tiver muito trabalho.
comparison-stuck = Se não aparecerem em dois minutos, tente de novo.
comparison-choose = Escolha um estilo e eu sonho a imagem no tamanho completo.
presets-things = Use `{ option-of }` em { COMMAND("dream") } para fazer brotar uma de mil coisas, como uma água-viva. Junte um estilo para dar o seu toque.
presets-motion = Use `{ option-motion }` em { COMMAND("dream") } para o sonho se mover: um zoom sem fim, um crescimento ou uma metamorfose. Também funciona com GIFs e vídeos.
queue-title = Seus sonhos
queue-none = Você não tem sonhos em andamento. Comece um com { COMMAND("dream") }.
queue-waiting = **{ $preset }** · buscando a imagem
queue-place = **{ $preset }** · { $place }º da fila
queue-dreaming = **{ $preset }** · em andamento
queue-more = … e mais { $more }
queue-load = No total: { $waiting } na fila, { $dreaming } em andamento
queue-left = Sonhos restantes: **{ $left } de { $most }**{ $when ->
    [none] {""}
   *[other] {" "}· { $left ->
        [0] o próximo fica disponível { $when }
       *[other] mais um { $when }
    }
}
queue-unlimited = Sonhos restantes: **sem limite**
queue-limits = Seus limites aqui: { $limits }
queue-pause = Não consegui ler várias imagens suas seguidas, então volto a aceitar novas { $when }. Os botões abaixo dos seus sonhos continuam funcionando.
delete-title = { $place ->
    [private] Apagar este sonho?
   *[channel] Apagar este sonho para todo mundo?
}
delete-question = Vou remover a mensagem e apagar o sonho do meu armazenamento, com as opções e a imagem original, a não ser que outro sonho ainda precise dela. Se alguém fez outros sonhos a partir dele, os botões desses sonhos também param de funcionar. Não dá para desfazer.
delete-done = Apagado. Não sobrou nada do sonho nem do que eu guardava sobre ele.
delete-message-left = Apaguei tudo o que guardava sobre este sonho, mas não consegui remover a mensagem. Clique em *{ button-delete }* abaixo dela mais uma vez.
kept-all = Tudo bem, não apaguei nada.
forget-title = Apagar tudo o que guardo sobre você?
forget-question = { $dreams ->
    [0] Não tenho nenhum sonho seu no momento, mas apago o que ainda restar.
    [one] Seu sonho e a imagem original dele serão apagados.
   *[other] Seus { $dreams } sonhos e as imagens originais deles serão apagados.
} Os sonhos em andamento serão cancelados, e os botões abaixo dos seus sonhos vão parar de funcionar, inclusive nos sonhos que outras pessoas fizeram a partir dos seus. As mensagens que já postei ficam até você apagar. Não dá para desfazer.
forget-done = Pronto. Apaguei seus sonhos, as imagens originais e tudo mais que eu guardava sobre você. As mensagens que postei ficam até você apagar. Só lembro quantos sonhos você ainda tem, até sua cota se completar, e quantas imagens suas não consegui ler, por até uma hora.
forget-but-blocked = Também lembro que você está com um bloqueio.

## /ajuda

help-title = Como sonhar comigo
help-intro =
    Eu transformo imagens em DeepDreams: delas brotam olhos, pelos e padrões.
    Me dê uma imagem e veja como ela ganha vida.
help-start = **Comece um sonho**
    - Use { COMMAND("dream") } e anexe uma imagem
    - *{ menu-dream-this }* para uma imagem que alguém postou: clique com o botão direito na mensagem, ou toque e segure nela, e escolha *Apps*
    - *{ menu-dream-avatar }* para uma foto de perfil: clique com o botão direito na pessoa e escolha *Apps*
help-buttons = **Abaixo de um sonho**
    - *{ button-deeper }* continua o sonho de onde parou
    - *{ button-again }* sonha de novo com a mesma imagem, com outro resultado
    - *{ button-adjust }* deixa você mudar antes o estilo, a intensidade, o tamanho e outras coisas
    - *{ button-original }* mostra só para você a imagem de onde o sonho brotou
    - *{ button-delete }* remove o sonho, depois de perguntar
    - Os menus servem para experimentar outro estilo ou dar movimento
help-more = **Para ir além**
help-presets = { COMMAND("presets") } mostra todos os estilos
help-things = `{ option-of }` em { COMMAND("dream") } faz uma coisa brotar por toda a imagem, como uma água-viva
help-motion = `{ option-motion }` em { COMMAND("dream") } faz o sonho se mover: um zoom, um crescimento ou uma metamorfose. GIFs se movem sozinhos
help-queue = { COMMAND("queue") } mostra seus sonhos em andamento, quantos você ainda tem e quais são seus limites
help-managers = Você gerencia este servidor: { COMMAND("dream-settings show") } mostra os canais, os limites e o estilo, e os comandos ao lado dele mudam isso.
help-privacy = { COMMAND("privacy") } mostra o que eu guardo sobre você e como apagar.

## /privacidade

privacy-title = Sua privacidade
privacy-kept = **O que eu guardo**
privacy-pictures = Seus sonhos, e suas imagens como você as enviou: por { $time } depois do último uso, para que os botões abaixo dos seus sonhos funcionem. Se as imagens de todo mundo juntas enchem { $megabytes } MB, as mais antigas de quem mais ocupa espaço são apagadas antes. Se um sonho é recusado ou se perde, as imagens dele são apagadas na hora
privacy-jobs = Um registro de cada sonho: seu ID de usuário, os IDs do servidor, do canal e da mensagem, seu idioma e as opções que você escolheu. Por { $time } depois do sonho, e enquanto eu guardar a imagem dele
privacy-allowance = Quantos sonhos você usou: até todos voltarem, o que leva no máximo { $time } com os seus limites aqui
privacy-bad-pictures = Quantas imagens suas não consegui ler: por no máximo { $time }
privacy-blocks = Se quem administra o bot bloquear você: seu ID de usuário, até o desbloqueio
privacy-log = Meu registro de eventos: o que aconteceu e quando, sem suas imagens nem nada que você escreve. Quem administra o bot decide por quanto tempo ele é guardado
privacy-log-everything = Meu registro de eventos: no momento, quem administra o bot grava nele tudo o que o Discord me envia, incluindo nomes e mensagens. Também decide por quanto tempo ele é guardado
privacy-delay = Tudo o que passou do prazo é apagado em até { $time }
privacy-access = **Quem pode ver**
    Quem vê o canal vê seus sonhos nele; com `{ option-private }`, só você vê. Só você pode abrir os seus originais. Quem administra o bot tem acesso a tudo o que eu guardo. Não repasso nada para mais ninguém, e tiro os dados da câmera, como a localização, de toda imagem que mostro. Não leio suas mensagens: só vejo a imagem ou a mensagem que você escolhe ao me usar.
privacy-deletion = **Como apagar**
    Clique em *{ button-delete }* abaixo de um sonho para apagar a mensagem dele e tudo o que guardo sobre ele. { COMMAND("forget-me") } apaga de uma vez tudo sobre você, menos quantos sonhos você usou, quantas imagens suas não consegui ler e se há um bloqueio. As mensagens que já postei ficam até você apagar.
privacy-policy = Saiba mais na [política de privacidade]({ $url }) de quem administra o bot.
duration-days = { $days ->
    [one] { $days } dia
   *[other] { $days } dias
}
duration-hours = { $hours ->
    [one] { $hours } hora
   *[other] { $hours } horas
}
duration-minutes = { $minutes ->
    [one] { $minutes } minuto
   *[other] { $minutes } minutos
}

admin-title = No ar { $when }
admin-well = Tudo certo.
admin-problems = Problemas: { $problems }.
admin-serving = Aceitando sonhos.
admin-draining = Não aceito sonhos novos até você usar { COMMAND("dream-admin resume") } ou me reiniciar.
admin-day = Últimas 24 horas (pelos registros): { $jobs ->
    [one] { $jobs } sonho
   *[other] { $jobs } sonhos
} de { $people ->
    [one] { $people } pessoa
   *[other] { $people } pessoas
}. Entregues: { $delivered }, guardados para quem pediu: { $kept }, cancelados: { $cancelled }, recusados: { $refused }, com falha: { $failed }, perdidos: { $lost }.
admin-kept = As imagens guardadas ocupam { $megabytes } MB.
admin-cancelled = Cancelei o sonho `{ $job }` e avisei quem pediu.
admin-blocked = Bloqueios
admin-blocked-server = servidor { $server }
admin-nobody = Não há nenhum bloqueio.

rules-title = Sonhos neste servidor
rules-on = Os sonhos estão ativados.
rules-off = Os sonhos estão desativados.
rules-channels = Canais permitidos: { $channels }
rules-everywhere = Permitidos em todos os canais.
rules-sharing-on = Todo mundo pode usar Refazer, Mais fundo e outros estilos nos sonhos dos outros.
rules-sharing-off = Só quem criou um sonho pode usar nele Refazer, Mais fundo e outros estilos.
rules-preset = Estilo padrão: { $preset }
rules-size = Maior tamanho: { $size } pixels
size-largest = { $size } – o maior daqui
rules-everyone = Para todo mundo: { $limits }
rules-role = { $role }: { $limits }
rules-exempt = { $role }: sem limites
rules-limits = { $dreams ->
    [one] { $dreams } sonho
   *[other] { $dreams } sonhos
} { $minutes ->
    [1] por minuto
   *[other] a cada { $minutes } minutos
}, até { $burst } em seguida, { $waiting } na fila, { $running } ao mesmo tempo

## O que não dá para fazer, e por quê

error-ours = Algo deu errado do meu lado. Se continuar acontecendo, envie a referência `{ $reference }` { $support ->
    [none] para quem administra o bot
   *[other] para o [suporte]({ $support })
}.
error-no-picture = Não encontrei nenhuma imagem nessa mensagem.
error-foreign-host = Só consigo usar imagens enviadas ao Discord. Anexe a sua e tente de novo.
error-download = Não consegui buscar essa imagem no Discord. Talvez ela tenha sido apagada; tente de novo ou envie-a outra vez.
error-switched-off = Os sonhos estão desativados neste servidor.
error-channel = Não posso sonhar neste canal. Tente em { $channels }.
error-rate = Você já usou todos os seus sonhos por enquanto. O próximo fica disponível { $when }. Este pedido não foi descontado.
error-price = Isso gasta { $price } sonhos, e você só tem mais { $left }. Terá o suficiente { $when }. Este pedido não foi descontado.
error-bad-pictures = Não consegui ler várias imagens suas seguidas, então vou dar um tempo antes de aceitar outras. Tente de novo { $when }. Este pedido não foi descontado, e os botões abaixo dos seus sonhos continuam funcionando.
error-original-rate = Você abriu muitos originais seguidos. Posso mostrar o próximo { $when }.
error-comparison-rate = Dá para comparar estilos uma vez por minuto. Tente de novo { $when }.
error-comparison-running = Ainda estou fazendo sua última comparação. Ela fica pronta daqui a pouco.
error-comparison-busy = Estou com muitos sonhos agora. Tente comparar de novo em alguns minutos, ou escolha um estilo que eu coloco seu sonho na fila.
error-no-last-picture = Ainda não tenho nenhuma imagem sua para transformar em sonho. Comece com { COMMAND("dream") } e depois volte para { COMMAND("presets") }.
error-waiting = { $most ->
    [1] Você já tem um sonho na fila. Tente de novo { $when } ou cancele o que está esperando. Este pedido não foi descontado.
   *[other] Você já tem { $most } sonhos na fila. Tente de novo { $when } ou cancele um deles. Este pedido não foi descontado.
}
error-queue-full = Minha fila está cheia. Tente de novo { $when }. Este pedido não foi descontado.
error-too-much-work = Isso levaria cerca de { $minutes } min, e o limite é { $limit } min. Tente um tamanho menor ou menos iterações.
error-size = O maior tamanho aqui é de { $largest } pixels.
error-no-room = Estou sem espaço para guardar imagens agora, então não deu. Nenhum sonho foi descontado. Tente de novo mais tarde.
error-motion-space = Os quadros dessa animação ocupam mais do que os { $limit } MB que posso guardar. Tente um tamanho menor, uma duração menor ou menos quadros por segundo.
error-shutting-down = Estou reiniciando e não consigo fazer isso agora. Tente de novo em alguns minutos.
error-not-yours = Esse sonho é de outra pessoa. Faça o seu com { COMMAND("dream") }.
error-not-your-picture = Esse sonho foi feito com a imagem de outra pessoa, então não posso mostrar o original.
error-not-operator = Só quem administra o bot pode fazer isso.
error-blocked = Quem administra o bot bloqueou você.
error-blocked-server = Quem administra o bot bloqueou este servidor.
error-draining = Estou em manutenção e não aceito sonhos novos agora. Tente de novo mais tarde. Este pedido não foi descontado.
error-not-manager = Só quem tem permissão para gerenciar este servidor pode mudar isso.
error-not-installed-here = Isso só funciona nos servidores em que estou.
error-option = “{ $value }” não serve para essa opção. Veja a dica ao lado dela.
error-line = Não entendi “{ $line }”. Coloque cada valor em uma linha separada, como “{ $example }”. Este pedido não foi descontado.
error-number = “{ $value }” não serve para a opção { $field }. Use um número inteiro de { $low } a { $high }. Este pedido não foi descontado.
error-not-set = “{ $value }” não é um canal nem um cargo destas configurações. Escolha na lista que aparece enquanto você digita.
error-outdated = Esse comando mudou desde que o Discord o carregou. Aperte Ctrl+R ou reinicie o app e tente de novo.
error-no-longer-kept = Não tenho mais essa imagem; só guardo as imagens por um tempo. Envie-a de novo com { COMMAND("dream") }.
error-details-gone = Não tenho mais os detalhes desse sonho.
error-still-coming = Ainda estou buscando a imagem desse sonho. Tente de novo daqui a pouco.
error-over-already = Esse sonho já terminou.
error-unknown-layer = Não existe nenhuma camada “{ $layer }”. Escolha na lista que aparece enquanto você digita.
error-unknown-preset = O estilo “{ $preset }” não existe mais. Veja todos com { COMMAND("presets") }.
error-unknown-thing = Não sei bem o que é “{ $thing }”. { $suggestions ->
    [none] Escolha na lista que aparece enquanto você digita.
   *[other] Será que é uma destas coisas: { $suggestions }?
}
error-never-offered-thing = Prefiro não sonhar com { $thing }. Escolha outra coisa.
error-unlisted-thing = Não sei bem o que é “{ $thing }”. Tente outra palavra, como água-viva. Este pedido não foi descontado.
error-age-restricted-thing = Só sonho com { $thing } em canais com restrição de idade. Peça em um deles ou escolha outra coisa aqui.
error-guided-thing = Um sonho pode seguir uma coisa ou uma imagem-guia, mas não as duas. Deixe só uma delas.
error-no-things = Minha rede neural não conhece as coisas pelo nome. Escolha um estilo.
list-last = { $others } e { $last }
bound-between = um número de { $low } a { $high }
error-settings = A opção { $field } não aceita { $value }; use { $bound }.
error-picture = Não consigo transformar esta imagem em sonho.
error-empty-picture = Esse arquivo está vazio.
error-not-a-picture = Esse arquivo não é uma imagem que eu consiga ler. Consigo ler { $formats }.
error-damaged-picture = Essa imagem está danificada, incompleta ou em um formato incomum, então não consegui abrir.
error-invisible-picture = Essa imagem é totalmente transparente, então não há nada que possa virar sonho.
error-picture-bomb = Essa imagem dá muito mais trabalho para abrir do que uma foto normal, então não abri.
error-too-many-bytes = Esse arquivo passa do limite de { $limit } MB.
error-too-many-pixels = Essa imagem passa do limite de { $limit } megapixels.
error-too-small = Essa imagem tem { $width } × { $height } pixels; precisa ter pelo menos { $limit } × { $limit }.
error-too-narrow = Essa imagem tem { $width } × { $height } pixels; o lado maior pode ter no máximo { $limit } vezes o menor.
error-too-large-for-format = Essa imagem é grande demais para um arquivo { $format }.
error-clip = Não consigo transformar este clipe em sonho.
error-damaged-clip = Esse clipe está danificado, incompleto ou em um formato incomum, então não consegui abrir.
error-clip-without-picture = Esse clipe não tem imagem, então não há nada que possa virar sonho.
error-clip-bomb = Esse clipe dá muito mais trabalho para abrir do que outros desse tamanho, então não abri.
error-guide = Não consigo usar a imagem-guia. { $problem }
error-mask = Não consigo usar a máscara. { $problem }
error-mask-aspect = A máscara tem { $mask_width } × { $mask_height } pixels, mas o sonho tem { $width } × { $height }. Os dois precisam ter as mesmas proporções.
error-time-limit = Esse sonho passou de { $seconds } segundos, então parei. Tente um tamanho menor ou menos iterações.
error-video-missing = Aqui não consigo abrir nem salvar vídeos. GIFs e arquivos WebP, AVIF ou PNG animados funcionam.
error-animation-too-large = Essa animação não cabe em { $limit } MB, nem com menos qualidade, menos quadros e um tamanho menor. Tente uma mais curta.
