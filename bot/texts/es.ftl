### Todo lo que dice el bot en español, para `es-ES` y `es-419`. Los nombres son los de `en.ftl`.
### A language model translated this file for this project. Tests compare it with the English catalogue, but no native
### speaker has reviewed it yet: corrections are welcome.
### It addresses people as "tú", never makes a word agree with a variable, and avoids words that Spain and Latin
### America do not share.

## Comandos: en minúsculas, sin espacios, 32 letras como máximo

command-dream = soñar
command-dream-description = Convierte una imagen en un DeepDream: de ella brotan ojos, pelaje y patrones
command-presets = estilos
command-presets-description = Mira los estilos de sueño, cada uno con un ejemplo
command-queue = cola
command-queue-description = Muestra tus sueños en curso y cuánto trabajo tengo ahora
command-help = ayuda
command-help-description = Cómo soñar conmigo y para qué sirven los botones
command-privacy = privacidad
command-privacy-description = Qué guardo sobre ti, durante cuánto tiempo y cómo eliminarlo
command-forget-me = olvídame
command-forget-me-description = Elimina todo lo que guardo sobre ti
command-dream-settings = ajustes-sueños
command-dream-settings-description = Configura los sueños en este servidor
command-dream-admin = admin-sueños
command-dream-admin-description = Solo para quien administra el bot
menu-dream-this = Soñar con esto
menu-dream-avatar = Soñar con el avatar

option-image = imagen
option-image-description = La imagen que quieres convertir en sueño: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF o BMP
option-image-or-video-description = La imagen o el clip que quieres convertir en sueño: foto, GIF, MP4, WebM o MOV
option-preset = estilo
option-preset-description = El estilo del sueño; con /{ command-presets } los ves todos
option-of = con
option-of-description = Algo que brota de la imagen, como una medusa (puedes elegir entre 1000 cosas)
option-strength = intensidad
option-strength-description = Intensidad del efecto: 1 es la del estilo, 0.5 más suave, 2 más salvaje
option-size = tamaño
option-size-description = Lado más largo del sueño, en píxeles; las imágenes más pequeñas conservan su tamaño
option-iterations = iteraciones
option-iterations-description = Pasos por escala (en lugar de los del estilo)
option-octaves = octavas
option-octaves-description = Cantidad de escalas, de gruesas a finas (en lugar de las del estilo)
option-layer = capa
option-layer-description = Una sola capa de la red neuronal para soñar (en lugar de las del estilo)
option-guide = guía
option-guide-description = Una segunda imagen cuyas formas y texturas guían el sueño
option-mask = máscara
option-mask-description = Imagen en blanco y negro de igual proporción: lo blanco sueña, lo negro no
option-keep-colour = conservar-color
option-keep-colour-description = Conserva los colores originales y cambia solo las luces y sombras
option-seed = semilla
option-seed-description = La misma imagen, opciones y semilla dan siempre el mismo sueño
option-spoiler = spoiler
option-spoiler-description = Oculta el sueño como spoiler
option-private = privado
option-private-description = Solo tú puedes ver el sueño
option-motion = movimiento
option-motion-description = Cómo se mueve el sueño; si no eliges, los GIF y videos se mueven y las fotos no
option-seconds = segundos
option-seconds-description = Duración de la animación; los clips más largos se recortan a este tiempo
option-fps = fps
option-fps-description = Máximo de fotogramas por segundo
option-file-format = formato
option-file-format-description = Formato de archivo de la animación (predeterminado: WebP)

settings-show = ver
settings-show-description = Muestra los ajustes de este servidor
settings-switch = estado
settings-switch-description = Activa o desactiva los sueños en este servidor
option-on = activado
option-on-description = True: los miembros pueden soñar aquí. False: no pueden
settings-channel = canal
settings-channel-description = Limita los sueños a ciertos canales; agrégalos uno por uno
option-channel = canal
option-channel-description = El canal, incluidos sus hilos
option-allowed = permitido
option-allowed-description = False: quita el canal. Si no queda ninguno, se permiten todos
settings-sharing = compartir
settings-sharing-description = Decide si se pueden usar Repetir, Más profundo y los estilos en sueños ajenos
option-sharing-description = True: cualquiera, con su propio cupo. False: solo quien creó el sueño
settings-preset = estilo
settings-preset-description = Elige el estilo para los miembros que no eligen ninguno
settings-size = tamaño
settings-size-description = Fija el tamaño máximo que los miembros pueden pedir, en píxeles
settings-limits = límites
settings-limits-description = Fija cuánto puede soñar cada miembro; los números que no pongas no cambian
option-dreams = sueños
option-dreams-description = Sueños que un miembro recupera en los minutos indicados
option-minutes = minutos
option-minutes-description = Minutos en los que se recuperan esos sueños
option-burst = seguidos
option-burst-description = Sueños que un miembro puede acumular y usar seguidos
option-waiting = en-espera
option-waiting-description = Sueños que un miembro puede tener en espera
option-running = a-la-vez
option-running-description = Sueños de un miembro que pueden estar en curso a la vez
option-role = rol
option-role-description = Se aplica a los miembros con este rol en lugar de a todos
settings-exempt = eximir
settings-exempt-description = Exime a un rol de todos los límites
option-exempt = exento
option-exempt-description = False: los límites vuelven a aplicarse
option-reset = restablecer
option-reset-description = Primero vuelve a lo predeterminado; luego se aplica lo demás que pongas
settings-remove = quitar
settings-remove-description = Quita un canal o un rol de estos ajustes, aunque ya no exista
option-entry = entrada
option-entry-description = El canal o el rol, o su ID

admin-statistics = estadísticas
admin-statistics-description = Muestra el estado del bot y todos los sueños en curso
admin-drain = pausar
admin-drain-description = Deja de aceptar sueños y termina los que están en espera
admin-resume = reanudar
admin-resume-description = Vuelve a aceptar sueños
admin-cancel = cancelar
admin-cancel-description = Cancela el sueño de cualquier persona
option-job = id
option-job-description = El ID del sueño, como aparece en estadísticas, registros y nombres de archivo
admin-block = bloquear
admin-block-description = Bloquea a un usuario o un servidor; si lo dejas vacío, muestra los bloqueos
admin-unblock = desbloquear
admin-unblock-description = Desbloquea a un usuario o un servidor; si lo dejas vacío, muestra los bloqueos
option-user = usuario
option-user-description = El usuario, en todos los servidores
option-server = servidor
option-server-description = ID del servidor (afecta a todos sus miembros)

## Estilos

preset-mild = Suave
preset-mild-description = Un toque ligero: la imagen se reconoce, con indicios de algo vivo
preset-intense = Intenso
preset-intense-description = El DeepDream completo: criaturas, cuentas y escamas en cada rincón
preset-classic = Clásico
preset-classic-description = La receta original de DeepDream, del ejemplo de Keras
preset-classic-exact = El DeepDream original del ejemplo de Keras, número por número
preset-animals = Animales
preset-animals-description = Perros, aves y bestias que nunca existieron
preset-eyes = Ojos
preset-eyes-description = Remolinos de pelaje con un ojo en cada espiral
preset-fur = Pelaje
preset-fur-description = Un pelo fino crece a lo largo de cada borde
preset-camouflage = Camuflaje
preset-camouflage-description = Criaturas escondidas en los propios colores de la imagen
preset-storybook = Cuento
preset-storybook-description = Grandes caras redondas de ojos brillantes, en colores suaves y vivos
preset-jewels = Joyas
preset-jewels-description = Cuentas, pétalos y escamas de colores intensos lo cubren todo
preset-underwater = Bajo el mar
preset-underwater-description = Medusas, corales y anémonas flotan por la imagen
preset-flowers = Flores
preset-flowers-description = Pétalos y flores se abren por todas partes
preset-architecture = Arquitectura
preset-architecture-description = Todo se convierte en muros, torres y bóvedas
preset-ribbons = Cintas
preset-ribbons-description = Gruesas cintas enroscadas siguen cada línea
preset-mosaic = Mosaico
preset-mosaic-description = Piezas de piedra tallada, cada una con sus propios surcos
preset-geometric = Geométrico
preset-geometric-description = Trazos rectos y planos que se cruzan
preset-patchwork = Retazos
preset-patchwork-description = Ventanas, botones y retazos de tela
preset-engraving = Grabado
preset-engraving-description = Finas líneas grabadas en los propios colores de la imagen
preset-painterly = Pinceladas
preset-painterly-description = Pinceladas suaves, pelaje cálido y ojos brillantes
preset-glass = Vitral
preset-glass-description = Vidrio de colores atravesado por la luz
preset-webs = Telarañas
preset-webs-description = Hilos, redes y telarañas tejidas sobre todo

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

## Movimientos

motion-still = Imagen fija
motion-still-description = Una sola imagen, aunque venga de un clip
motion-zoom = Zoom
motion-zoom-description = Un zoom sin fin hacia el interior del sueño
motion-grow = Crecimiento
motion-grow-description = Mira cómo el sueño brota de la imagen
motion-morph = Metamorfosis
motion-morph-description = La imagen se transforma en el sueño y luego regresa
motion-clip = Clip
motion-clip-description = Tu GIF o video sueña, fotograma a fotograma
motion-still-choice = { motion-still } – { motion-still-description }
motion-zoom-choice = { motion-zoom } – { motion-zoom-description }
motion-grow-choice = { motion-grow } – { motion-grow-description }
motion-morph-choice = { motion-morph } – { motion-morph-description }
motion-clip-choice = { motion-clip } – { motion-clip-description }
format-webp-choice = WebP – ligero y nítido
format-gif-choice = GIF – funciona en todas partes, con menos colores
format-avif-choice = AVIF – el más ligero, para apps recientes
format-mp4-choice = MP4 – un video
format-webm-choice = WebM – un video en un formato abierto
bound-motion-of-still = imagen fija, zoom, crecimiento o metamorfosis, porque esa imagen no se mueve
bound-motion = imagen fija, zoom, crecimiento, metamorfosis o clip

## Tarjetas

card-title = Soñando: { $name }
card-title-waiting = En cola: { $name }
card-title-done = Listo: { $name }
card-title-cancelled = Cancelado: { $name }
card-title-failed = No funcionó: { $name }
card-title-paused = En pausa: { $name }
card-title-of = Soñando con: { $thing }
card-place = { $place ->
    [1] Tu sueño es el siguiente.
   *[other] Tu sueño está en el puesto { $place } de la cola.
}
card-ready = listo { $when }
card-done-at = Listo { $when }
card-dreamed = **{ $preset }** · soñado en { $seconds ->
    [one] 1 segundo
   *[other] { $seconds } segundos
}
card-guided = guiado por una segunda imagen
card-masked = con máscara
card-own-colours = colores originales
card-kept = No pude entregarte este sueño cuando estuvo listo, así que aquí lo tienes:
card-perhaps = Hubo una interrupción mientras te enviaba este sueño, así que no sé si te llegó.
card-refused = No pude convertir esta imagen en sueño. Ya le expliqué el motivo a quien la envió.
card-cut-short = El archivo que enviaste estaba incompleto, así que falta parte de la imagen.
card-guide-cut-short = El archivo de la guía estaba incompleto, así que solo usé una parte.
card-mask-cut-short = El archivo de la máscara estaba incompleto, así que falta una parte.
card-encoded = Guardado como { $format } para respetar el límite de subida de este chat.
card-shrunk = Quedó más pequeño que { $size }: no había suficiente memoria.
card-scaled = Reducido desde { $size } para respetar el límite de subida de este chat.
card-cancelled = Detuve este sueño.
card-original-deleted = Detuve este sueño porque se eliminó la imagen de la que partía.
card-free = No te costó nada.
card-paused = Me estoy reiniciando. Tu sueño continuará solo en cuanto vuelva.
card-elsewhere = El sueño está en otro mensaje.
card-stays = Tu sueño está listo, pero no pude entregártelo. Te llegará la próxima vez que uses { COMMAND("queue") } o { COMMAND("dream") }.
card-failed = Algo salió mal de mi lado y este sueño se perdió. No te costó nada. Si sigue pasando, envía la referencia `{ $reference }` a { $support ->
    [none] quien administra el bot
   *[other] [soporte]({ $support })
}.
card-original = Original:
details-title = Detalles: { $name }
details-things = **Sueño con:** { $things }
details-layers = **Capas:** { $layers }
details-octaves = **Octavas:** { $octaves } · **Pasos por octava:** { $steps }
details-strength = **Intensidad:** { $strength }
details-size = **Tamaño:** { $width } × { $height } píxeles
details-seed = **Semilla:** { $seed }
details-format = **Formato:** { $format }
alt-dream = Un sueño hecho a partir de una imagen, estilo { $preset }, { $width } × { $height } píxeles
alt-dream-of = Una imagen de la que brota “{ $thing }”, { $width } × { $height } píxeles
card-frame = Fotograma { $frame } de { $frames }
card-price = Cuenta como { $price } sueños, o como ninguno si lo cancelas antes de que empiece.
card-price-started = Cuenta como { $price } sueños. Si lo cancelas ahora, recuperas { $refund }.
card-price-spent = Cuenta como { $price } sueños, aunque lo canceles ahora.
card-refunded = Recuperaste { $refund } de los { $price } sueños que costaba.
card-starts = Ya empieza.
card-moved = { $frames ->
    [one] 1 fotograma
   *[other] { $frames } fotogramas
} · { $fps } por segundo
card-first-seconds = { $seconds ->
    [one] Solo soñé con el primer segundo de tu clip.
   *[other] Solo soñé con los primeros { $seconds } segundos de tu clip.
}
card-reduced = Reducido para respetar el límite de subida de este chat: { $reduced }.
reduced-quality = menos calidad
reduced-rate = menos fotogramas
reduced-size = menor tamaño
alt-moving = Un sueño animado: { $name }, { $width } × { $height } píxeles
alt-preview = Un sueño que todavía está creciendo, estilo { $preset }
alt-preview-of = Un sueño que todavía está creciendo: { $thing }
alt-original = La imagen original
alt-thumbnail = Ejemplo del estilo { $preset }
alt-compared = Tu imagen en el estilo { $preset }
button-cancel = Cancelar
button-retry = Reintentar
button-deeper = Más profundo
button-again = Repetir
button-adjust = Ajustar…
button-details = Detalles
button-original = Original
button-delete = Eliminar
button-fetch = Mostrar
button-preset = Probar otro estilo…
button-thing = Soñar con otra cosa…
button-motion = Darle movimiento…
button-keep = Conservar
button-forget = Eliminar todo
button-support = Soporte
button-policy = Política de privacidad
button-category = Ver otra categoría…
button-use = Usar en tu última imagen…
button-compare = Comparar en mi imagen
button-compare-four = Comparar cuatro estilos
button-compare-four-description = Mira cuatro de ellos en tu imagen, en pequeño y lado a lado
button-compare-again = Reintentar
button-compare-others = Comparar otros cuatro…

choose-picture = ¿Con qué imagen quieres que sueñe?
choose-picture-option = Imagen { $number }
choose-picture-placeholder = Elige una imagen…

adjust-title = Ajustar este sueño
adjust-preset = Estilo
adjust-thing-alone = Sin estilo
adjust-thing-alone-description = Solo aquello con lo que quieres soñar, sin ningún estilo
adjust-of = Con qué soñar
adjust-of-description = Algo como “medusa”, o déjalo vacío. No se puede combinar con una guía.
adjust-strength = Intensidad
adjust-strength-0-25 = Casi imperceptible
adjust-strength-0-5 = Más suave
adjust-strength-1 = La del estilo
adjust-strength-1-5 = Un poco más salvaje
adjust-strength-2 = Más salvaje
adjust-strength-4 = Lo más salvaje posible
adjust-numbers = Tamaño y semilla
adjust-numbers-description = Tamaño: de { $low } a { $largest } píxeles. Borra la semilla para obtener otra.
adjust-numbers-guided = Tamaño, semilla y guía
adjust-numbers-guided-description = Tamaño: de { $low } a { $largest } píxeles. Borra una línea para cambiar la semilla o quitar la guía.
adjust-keep = conservar
adjust-guide = Guía
adjust-guide-description = { option-guide-description }
adjust-guide-again = { adjust-guide }
adjust-guide-again-description = Sube aquí una imagen para reemplazar la guía de este sueño
adjust-unchanged = Tal como está

presets-title = Estilos: { $category }
category-dreamlike = DeepDream clásico
category-creatures = Criaturas
category-worlds = Mundos
category-patterns = Patrones
category-art = Arte
category-mix = Un poco de todo
comparison-title = Tu imagen en cuatro estilos
comparison-waiting = Estoy soñando cuatro versiones pequeñas. Tardo unos segundos, o un poco más si tengo mucho trabajo.
comparison-stuck = Si no aparecen en dos minutos, inténtalo de nuevo.
comparison-choose = Elige un estilo y lo sueño en tamaño completo.
presets-things = Usa `{ option-of }` en { COMMAND("dream") } para que de la imagen brote una de mil cosas, como una medusa. Agrega un estilo para darle tu toque.
presets-motion = Usa `{ option-motion }` en { COMMAND("dream") } para que el sueño se mueva: un zoom sin fin, un crecimiento o una metamorfosis. También funciona con GIF y videos.
queue-title = Tus sueños
queue-none = No tienes sueños en curso. Empieza uno con { COMMAND("dream") }.
queue-waiting = **{ $preset }** · recibiendo la imagen
queue-place = **{ $preset }** · puesto { $place } de la cola
queue-dreaming = **{ $preset }** · en curso
queue-more = … y { $more } más
queue-load = En total: { $waiting } en espera, { $dreaming } en curso
queue-left = Sueños que te quedan: **{ $left } de { $most }**{ $when ->
    [none] {""}
   *[other] {" "}· { $left ->
        [0] el próximo estará listo { $when }
       *[other] uno más { $when }
    }
}
queue-unlimited = Sueños que te quedan: **sin límite**
queue-limits = Tus límites aquí: { $limits }
queue-pause = No pude leer varias de tus imágenes seguidas, así que volveré a aceptar imágenes { $when }. Los botones bajo tus sueños siguen funcionando.
delete-title = { $place ->
    [private] ¿Eliminar este sueño?
   *[channel] ¿Eliminar este sueño para todo el mundo?
}
delete-question = Quitaré el mensaje y eliminaré el sueño de lo que guardo, con sus ajustes y su imagen original, salvo que otro sueño aún la necesite. Si otras personas hicieron sueños a partir de este, sus botones también dejarán de funcionar. Esto no se puede deshacer.
delete-done = Eliminado. Ya no queda nada del sueño ni de lo que guardaba sobre él.
delete-message-left = Eliminé todo lo que guardaba sobre este sueño, pero no pude quitar su mensaje. Presiona *{ button-delete }* debajo de él una vez más.
kept-all = Está bien, no eliminé nada.
forget-title = ¿Eliminar todo lo que guardo sobre ti?
forget-question = { $dreams ->
    [0] Ahora mismo no tengo ningún sueño tuyo, pero eliminaré lo que quede.
    [one] Se eliminarán tu sueño y su imagen original.
   *[other] Se eliminarán tus { $dreams } sueños y sus imágenes originales.
} Los sueños en curso se cancelarán y los botones bajo tus sueños dejarán de funcionar, incluso en los sueños que otras personas hicieron a partir de los tuyos. Los mensajes que ya publiqué se quedan hasta que los elimines. Esto no se puede deshacer.
forget-done = Listo. Eliminé tus sueños, sus imágenes originales y todo lo demás que guardaba sobre ti. Los mensajes que publiqué se quedan hasta que los elimines. Solo recuerdo cuántos sueños te quedan, hasta que tu cupo vuelva a estar completo, y cuántas de tus imágenes no pude leer, durante una hora como máximo.
forget-but-blocked = También recuerdo que tienes un bloqueo.

## /ayuda

help-title = Cómo soñar conmigo
help-intro =
    Convierto imágenes en DeepDreams: de ellas brotan ojos, pelaje y patrones.
    Dame una imagen y mira cómo cobra vida.
help-start = **Empieza un sueño**
    - { COMMAND("dream") } y adjunta una imagen
    - *{ menu-dream-this }* para una imagen que publicó otra persona: haz clic derecho en el mensaje, o mantenlo presionado, y elige *Aplicaciones*
    - *{ menu-dream-avatar }* para una foto de perfil: haz clic derecho en la persona y elige *Aplicaciones*
help-buttons = **Debajo de un sueño**
    - *{ button-deeper }* sigue soñando desde donde se detuvo
    - *{ button-again }* vuelve a soñar con la misma imagen, con otro resultado
    - *{ button-adjust }* te deja cambiar antes el estilo, la intensidad, el tamaño y otras cosas
    - *{ button-original }* te muestra, solo a ti, la imagen de la que brotó
    - *{ button-delete }* quita el sueño, después de preguntarte
    - Con los menús puedes probar otro estilo o darle movimiento
help-more = **Más cosas que probar**
help-presets = { COMMAND("presets") } muestra todos los estilos
help-things = `{ option-of }` en { COMMAND("dream") } hace que algo brote por todas partes, como una medusa
help-motion = `{ option-motion }` en { COMMAND("dream") } hace que el sueño se mueva: un zoom, un crecimiento o una metamorfosis. Los GIF se mueven solos
help-queue = { COMMAND("queue") } muestra tus sueños en curso, cuántos te quedan y cuáles son tus límites
help-managers = Administras este servidor: { COMMAND("dream-settings show") } muestra sus canales, límites y estilo, y los comandos que lo acompañan los cambian.
help-privacy = { COMMAND("privacy") } muestra qué guardo sobre ti y cómo eliminarlo.

## /privacidad

privacy-title = Tu privacidad
privacy-kept = **Lo que guardo**
privacy-pictures = Tus sueños, y tus imágenes tal como las enviaste: durante { $time } desde su último uso, para que funcionen los botones bajo tus sueños. Si las imágenes de todos juntos llenan { $megabytes } MB, se eliminan antes las más antiguas de quien más ocupa. Si un sueño se rechaza o se pierde, sus imágenes se eliminan de inmediato
privacy-jobs = Un registro de cada sueño: tu ID de usuario, los ID del servidor, el canal y el mensaje, tu idioma y las opciones que elegiste. Durante { $time } después del sueño, y mientras guarde su imagen
privacy-allowance = Cuántos sueños usaste: hasta que los recuperes todos, lo que tarda como máximo { $time } con tus límites aquí
privacy-bad-pictures = Cuántas de tus imágenes no pude leer: durante { $time } como máximo
privacy-blocks = Si quien me administra te bloquea: tu ID de usuario, hasta que te desbloquee
privacy-log = Mi registro de actividad: qué pasó y cuándo, sin tus imágenes ni nada que escribas. Quien me administra decide cuánto tiempo se guarda
privacy-log-everything = Mi registro de actividad: ahora mismo, quien me administra lo configuró para anotar todo lo que Discord me envía, incluidos nombres y mensajes. También decide cuánto tiempo se guarda
privacy-delay = Lo que ya no debo guardar se elimina en { $time } como máximo
privacy-access = **Quién puede verlo**
    Quienes pueden ver el canal ven allí tus sueños; con `{ option-private }`, solo tú. Solo tú puedes abrir tus originales. Quien me administra tiene acceso a todo lo que guardo. No comparto nada con nadie más, y quito los datos de la cámara, como la ubicación, de cada imagen que muestro. No leo tus mensajes: solo veo la imagen o el mensaje que eliges al usarme.
privacy-deletion = **Cómo eliminarlo**
    Presiona *{ button-delete }* debajo de un sueño para eliminar su mensaje y todo lo que guardo sobre él. { COMMAND("forget-me") } elimina de una vez todo lo tuyo, salvo cuántos sueños usaste, cuántas de tus imágenes no pude leer y si tienes un bloqueo. Los mensajes que ya publiqué se quedan hasta que los elimines.
privacy-policy = En la [política de privacidad]({ $url }) de quien me administra hay más detalles.
duration-days = { $days ->
    [one] 1 día
   *[other] { $days } días
}
duration-hours = { $hours ->
    [one] 1 hora
   *[other] { $hours } horas
}
duration-minutes = { $minutes ->
    [one] 1 minuto
   *[other] { $minutes } minutos
}

admin-title = En línea desde { $when }
admin-well = Todo en orden.
admin-problems = Problemas: { $problems }.
admin-serving = Estoy aceptando sueños.
admin-draining = No acepto sueños nuevos hasta que uses { COMMAND("dream-admin resume") } o me reinicies.
admin-day = Últimas 24 horas (según los registros): { $people ->
    [one] 1 persona pidió
   *[other] { $people } personas pidieron
} { $jobs ->
    [one] 1 sueño
   *[other] { $jobs } sueños
}. Entregados: { $delivered }, guardados para quien los pidió: { $kept }, cancelados: { $cancelled }, rechazados: { $refused }, fallidos: { $failed }, perdidos: { $lost }.
admin-kept = Las imágenes guardadas ocupan { $megabytes } MB.
admin-cancelled = Cancelé el sueño `{ $job }` y avisé a quien lo pidió.
admin-blocked = Bloqueos
admin-blocked-server = servidor { $server }
admin-nobody = No hay ningún bloqueo.

rules-title = Los sueños en este servidor
rules-on = Los sueños están activados.
rules-off = Los sueños están desactivados.
rules-channels = Canales permitidos: { $channels }
rules-everywhere = Permitidos en todos los canales.
rules-sharing-on = Cualquiera puede usar Repetir, Más profundo y otros estilos en los sueños de los demás.
rules-sharing-off = Solo quien creó un sueño puede usar en él Repetir, Más profundo y otros estilos.
rules-preset = Estilo predeterminado: { $preset }
rules-size = Tamaño máximo: { $size } píxeles
size-largest = { $size } – el máximo aquí
rules-everyone = Para todos: { $limits }
rules-role = { $role }: { $limits }
rules-exempt = { $role }: sin límites
rules-limits = { $dreams ->
    [one] 1 sueño
   *[other] { $dreams } sueños
} cada { $minutes ->
    [one] minuto
   *[other] { $minutes } minutos
}, hasta { $burst ->
    [one] 1 seguido
   *[other] { $burst } seguidos
}, { $waiting } en espera, { $running } a la vez

## Lo que no se puede hacer, y por qué

error-ours = Algo salió mal de mi lado. Si sigue pasando, envía la referencia `{ $reference }` a { $support ->
    [none] quien administra el bot
   *[other] [soporte]({ $support })
}.
error-no-picture = No encuentro ninguna imagen en ese mensaje.
error-foreign-host = Solo puedo usar imágenes subidas a Discord. Adjunta la tuya e inténtalo de nuevo.
error-download = No pude descargar esa imagen de Discord. Puede que la hayan eliminado; inténtalo de nuevo o súbela otra vez.
error-switched-off = Los sueños están desactivados en este servidor.
error-channel = No puedo soñar en este canal. Prueba en { $channels }.
error-rate = Por ahora no te quedan sueños. El próximo estará listo { $when }. Este intento no te costó nada.
error-price = Cuenta como { $price } sueños y solo { $left ->
    [one] te queda 1
   *[other] te quedan { $left }
}. Tendrás suficientes { $when }. Este intento no te costó nada.
error-bad-pictures = No pude leer varias de tus imágenes seguidas, así que me tomo un descanso antes de aceptar más. Inténtalo de nuevo { $when }. Este intento no te costó nada, y los botones bajo tus sueños siguen funcionando.
error-original-rate = Abriste muchos originales seguidos. Puedo mostrarte el próximo { $when }.
error-comparison-rate = Puedes comparar estilos una vez por minuto. Inténtalo de nuevo { $when }.
error-comparison-running = Todavía estoy con tu última comparación. Estará lista en un momento.
error-comparison-busy = Ahora tengo muchos sueños en curso. Prueba la comparación en unos minutos, o elige un estilo y lo pongo en la cola.
error-no-last-picture = No tengo ninguna imagen tuya con la que soñar. Empieza con { COMMAND("dream") } y luego vuelve a { COMMAND("presets") }.
error-waiting = { $most ->
    [one] Ya tienes un sueño en espera. Inténtalo de nuevo { $when } o cancélalo. Este intento no te costó nada.
   *[other] Ya tienes { $most } sueños en espera. Inténtalo de nuevo { $when } o cancela uno. Este intento no te costó nada.
}
error-queue-full = Mi cola está llena. Inténtalo de nuevo { $when }. Este intento no te costó nada.
error-too-much-work = Eso tardaría unos { $minutes } minutos, y el límite es { $limit }. Prueba con un tamaño menor o menos iteraciones.
error-size = El tamaño máximo aquí es de { $largest } píxeles.
error-no-room = Ahora mismo no tengo espacio para guardar más, así que no pude hacerlo. No te costó nada; inténtalo de nuevo más tarde.
error-motion-space = Los fotogramas de esa animación ocupan más de los { $limit } MB que puedo guardar. Prueba con un tamaño menor, menos duración o menos fotogramas por segundo.
error-shutting-down = Me estoy reiniciando y ahora no puedo hacerlo. Inténtalo de nuevo en unos minutos.
error-not-yours = Ese sueño es de otra persona. Crea el tuyo con { COMMAND("dream") }.
error-not-your-picture = Ese sueño se hizo con la imagen de otra persona, así que no puedo mostrarte el original.
error-not-operator = Eso solo puede hacerlo quien administra el bot.
error-blocked = Quien administra el bot te bloqueó.
error-blocked-server = Quien administra el bot bloqueó este servidor.
error-draining = Ahora mismo no acepto sueños nuevos, por mantenimiento. Inténtalo más tarde. Este intento no te costó nada.
error-not-manager = Eso solo puede cambiarlo quien tiene permiso para administrar este servidor.
error-not-installed-here = Eso solo funciona en los servidores en los que estoy.
error-option = “{ $value }” no es válido para esa opción. Mira la indicación que aparece al lado.
error-line = No entiendo “{ $line }”. Escribe cada valor en su propia línea, como “{ $example }”. Este intento no te costó nada.
error-number = “{ $value }” no es válido para la opción { $field }. Usa un número entero de { $low } a { $high }. Este intento no te costó nada.
error-not-set = “{ $value }” no es un canal ni un rol de estos ajustes. Elige uno de la lista que aparece al escribir.
error-outdated = Ese comando cambió desde que Discord lo cargó. Presiona Ctrl+R o reinicia la app e inténtalo de nuevo.
error-no-longer-kept = Ya no tengo esa imagen; solo guardo las imágenes durante un tiempo. Súbela de nuevo con { COMMAND("dream") }.
error-details-gone = Ya no tengo los detalles de ese sueño.
error-still-coming = Todavía estoy recibiendo la imagen de ese sueño. Inténtalo de nuevo en un momento.
error-over-already = Ese sueño ya terminó.
error-unknown-layer = No hay ninguna capa llamada “{ $layer }”. Elige una de la lista que aparece al escribir.
error-unknown-preset = Ya no hay ningún estilo llamado “{ $preset }”. Mira todos los que hay con { COMMAND("presets") }.
error-unknown-thing = No sé bien a qué te refieres con “{ $thing }”. { $suggestions ->
    [none] Elige algo de la lista que aparece al escribir.
   *[other] ¿Será algo de esto: { $suggestions }?
}
error-never-offered-thing = Prefiero no soñar con “{ $thing }”. Elige otra cosa.
error-unlisted-thing = No sé bien a qué te refieres con “{ $thing }”. Prueba con otra palabra, como medusa. Este intento no te costó nada.
error-age-restricted-thing = Solo sueño con “{ $thing }” en canales con restricción de edad. Pídemelo allí o elige otra cosa aquí.
error-guided-thing = Un sueño puede seguir una cosa o una guía, pero no las dos. Quita una de ellas.
error-no-things = Mi red neuronal no conoce las cosas por su nombre. Mejor elige un estilo.
list-last = { $others } y { $last }
bound-between = un número de { $low } a { $high }
error-settings = La opción { $field } no puede ser { $value }; tiene que ser { $bound }.
error-picture = No puedo soñar con esta imagen.
error-empty-picture = Ese archivo está vacío.
error-not-a-picture = Eso no es una imagen que pueda leer. Puedo leer { $formats }.
error-damaged-picture = Esa imagen está dañada, incompleta o en un formato poco común, así que no puedo leerla.
error-invisible-picture = Esa imagen es totalmente transparente, así que no hay nada con qué soñar.
error-picture-bomb = Abrir esa imagen da mucho más trabajo que abrir una foto normal, así que no la abrí.
error-too-many-bytes = Ese archivo supera el límite de { $limit } MB.
error-too-many-pixels = Esa imagen supera el límite de { $limit } megapíxeles.
error-too-small = Esa imagen mide { $width } × { $height } píxeles; tiene que medir al menos { $limit } × { $limit }.
error-too-narrow = Esa imagen mide { $width } × { $height } píxeles; su lado más largo puede medir como máximo { $limit } veces el más corto.
error-too-large-for-format = Esa imagen es demasiado grande para un archivo { $format }.
error-clip = No puedo soñar con este clip.
error-damaged-clip = Ese clip está dañado, incompleto o en un formato poco común, así que no puedo leerlo.
error-clip-without-picture = Ese clip no tiene imagen, así que no hay nada con qué soñar.
error-clip-bomb = Abrir ese clip da mucho más trabajo que abrir otros de su tamaño, así que no lo abrí.
error-guide = No puedo usar la guía. { $problem }
error-mask = No puedo usar la máscara. { $problem }
error-mask-aspect = La máscara mide { $mask_width } × { $mask_height } píxeles, pero el sueño mide { $width } × { $height }. Ambos necesitan las mismas proporciones.
error-time-limit = Ese sueño tardó más de { $seconds } segundos, así que lo detuve. Prueba con un tamaño menor o menos iteraciones.
error-video-missing = Aquí no puedo abrir ni guardar videos. Los GIF y los WebP, AVIF o PNG animados sí funcionan.
error-animation-too-large = Esa animación no cabe en { $limit } MB, ni siquiera con menos calidad, fotogramas y tamaño. Prueba con una más corta.
