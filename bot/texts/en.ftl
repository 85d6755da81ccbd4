### Everything that the bot says, in English. To add a language, translate this file under the name of its
### locale. A `{ $value }` is filled in by the bot; `{ $n -> … }` chooses by a number.

## Commands: lower case, no spaces, at most 32 letters

command-dream = dream
command-dream-description = Dream a picture: what a network saw in millions of photographs grows out of it
command-presets = presets
command-presets-description = Show every preset, with a picture of what it does
command-queue = queue
command-queue-description = Show your dreams on their way, and how busy I am
command-forget-me = forget-me
command-forget-me-description = Delete everything that is stored about you
command-dream-settings = dream-settings
command-dream-settings-description = Settings for the managers of this server
command-dream-admin = dream-admin
command-dream-admin-description = For whoever runs me
menu-dream-this = Dream this
menu-dream-avatar = Dream avatar

option-image = image
option-image-description = The picture to dream: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF or BMP
option-image-or-video-description = The picture or clip to dream: a photo of any usual kind, GIF, MP4, WebM or MOV
option-preset = preset
option-preset-description = What the dream looks like; /presets shows them all
option-of = of
option-of-description = A thing that grows out of the picture, such as jellyfish; a thousand to choose from
option-strength = strength
option-strength-description = How many times as deep as the preset goes: 0.5 is gentler, 2 is wilder
option-size = size
option-size-description = The longest side of the dream, in pixels; a smaller picture is left as it is
option-iterations = iterations
option-iterations-description = The steps at every octave, in place of the preset's
option-octaves = octaves
option-octaves-description = Over how many scales the dream grows, in place of the preset's
option-layer = layer
option-layer-description = One layer of the network to dream with, in place of the preset's
option-guide = guide
option-guide-description = A picture whose features the dream grows to resemble
option-mask = mask
option-mask-description = A picture of the same shape: white dreams, black stays as it is, grey in between
option-keep-colour = keep-colour
option-keep-colour-description = Keep the picture's own colours, and dream its brightness only
option-seed = seed
option-seed-description = The same seed, with the same picture and options, gives the same dream
option-spoiler = spoiler
option-spoiler-description = Hide the dream until it is clicked
option-private = private
option-private-description = Only you see the dream
option-motion = motion
option-motion-description = How the dream moves; left out, a picture that moves stays moving, and a still one stays still
option-seconds = seconds
option-seconds-description = How long the motion is; of a clip, at most so much is dreamed
option-fps = fps
option-fps-description = How many frames a second the motion has, at most
option-file-format = format
option-file-format-description = The file of a motion; left out, it is a WebP

settings-show = show
settings-show-description = Show the current settings
settings-switch = switch
settings-switch-description = Switch dreaming on or off in this server
option-on = on
option-on-description = Whether members may dream here
settings-channel = channel
settings-channel-description = Allow dreaming in a channel only; allow several one by one
option-channel = channel
option-channel-description = The channel; its threads belong to it
option-allowed = allowed
option-allowed-description = Off takes the channel from the list; with an empty list, all are allowed
settings-preset = preset
settings-preset-description = The preset for members who choose none
settings-size = size
settings-size-description = The largest size that members may ask for, in pixels
settings-limits = limits
settings-limits-description = How much each member may dream; a number that you leave out stays as it is
option-dreams = dreams
option-dreams-description = How many dreams a member gets back in the given minutes
option-minutes = minutes
option-minutes-description = In how many minutes that many dreams come back
option-burst = burst
option-burst-description = How many dreams a member can save up and use at once
option-waiting = waiting
option-waiting-description = How many dreams of one member may wait
option-running = at-once
option-running-description = How many dreams of one member may be dreamed at the same time
option-role = role
option-role-description = For members with this role, in place of everybody
settings-exempt = exempt
settings-exempt-description = Free the members with a role from all limits
option-exempt = exempt
option-exempt-description = Off takes the freedom back
option-reset = reset
option-reset-description = Go back to what I have by default; what you give beside it is set after that
settings-remove = remove
settings-remove-description = Take a channel or a role out of these settings, even one that is deleted
option-entry = entry
option-entry-description = The channel or role, or its id

admin-statistics = statistics
admin-statistics-description = Show how I am, and every dream on its way
admin-drain = drain
admin-drain-description = Take no new dreams, and finish those that wait
admin-resume = resume
admin-resume-description = Take new dreams again
admin-cancel = cancel
admin-cancel-description = Cancel anybody's dream
option-job = job
option-job-description = The dream's number, as the statistics, the log and the file's name have it
admin-block = block
admin-block-description = Serve somebody no longer; name nobody to see who is blocked
admin-unblock = unblock
admin-unblock-description = Serve somebody again; name nobody to see who is blocked
option-user = user
option-user-description = A person, everywhere
option-server = server
option-server-description = The number of a server, and so everybody in it

## Presets

preset-mild = Mild
preset-mild-description = A light touch: the picture stays itself, and something stirs in it
preset-intense = Intense
preset-intense-description = Everything turns into something: creatures, beads and scales in every corner
preset-classic = Classic
preset-classic-description = DeepDream with the octaves, steps and step size of the Keras example
preset-classic-exact = DeepDream as the Keras example has it, number for number
preset-animals = Animals
preset-animals-description = Dogs, birds and beasts that never were
preset-eyes = Eyes
preset-eyes-description = Fur swirls, and out of every whirl an eye looks back
preset-fur = Fur
preset-fur-description = Fine hair grows along every edge
preset-camouflage = Camouflage
preset-camouflage-description = Creatures hide in the picture's own colours
preset-storybook = Storybook
preset-storybook-description = Big round faces with shining eyes, painted in soft bright colours
preset-jewels = Jewels
preset-jewels-description = Beads, petals and scales in strong colours cover everything
preset-underwater = Underwater
preset-underwater-description = Jellyfish, corals and anemones drift through the picture
preset-flowers = Flowers
preset-flowers-description = Petals and blossoms open everywhere
preset-architecture = Architecture
preset-architecture-description = Walls, towers and vaults are built out of everything
preset-ribbons = Ribbons
preset-ribbons-description = Thick coiled ribbons follow every line
preset-mosaic = Mosaic
preset-mosaic-description = Cells of stone, each with grooves of its own
preset-geometric = Geometric
preset-geometric-description = Straight strokes and crossing planes
preset-patchwork = Patchwork
preset-patchwork-description = Windows, buttons and woven patches
preset-engraving = Engraving
preset-engraving-description = A fine graver's lines in the picture's own colours
preset-painterly = Painterly
preset-painterly-description = Soft brushwork: warm coats, bright eyes and hardly a hard line
preset-glass = Glass
preset-glass-description = Panes of stained glass with light behind them
preset-webs = Webs
preset-webs-description = Threads, nets and crowns spun over everything

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

## Motions

motion-still = Still
motion-still-description = One picture, even of a clip
motion-zoom = Zoom
motion-zoom-description = An endless zoom into the dream
motion-grow = Growth
motion-grow-description = Watch how the dream grows out of the picture
motion-morph = Morph
motion-morph-description = The picture turns into the dream and back
motion-clip = Clip
motion-clip-description = A GIF or a video dreams, frame after frame
motion-still-choice = { motion-still } – { motion-still-description }
motion-zoom-choice = { motion-zoom } – { motion-zoom-description }
motion-grow-choice = { motion-grow } – { motion-grow-description }
motion-morph-choice = { motion-morph } – { motion-morph-description }
motion-clip-choice = { motion-clip } – { motion-clip-description }
format-webp-choice = WebP – small and sharp
format-gif-choice = GIF – works everywhere, with fewer colours
format-avif-choice = AVIF – the smallest, for newer apps
format-mp4-choice = MP4 – a video
format-webm-choice = WebM – a video in an open format
bound-motion-of-still = still, zoom, grow or morph, because the picture does not move
bound-motion = still, zoom, grow, morph or clip

## Cards

card-title = Dreaming: { $preset }
card-title-of = Dreaming of { $thing }
card-of = dreaming of { $things }
card-place = { $place ->
    [1] You are next.
   *[other] Place { $place } in the queue.
}
card-progress = Octave { $octave } of { $octaves } · step { $step } of { $steps }
card-done-at = Expected { $when }
card-dreamed = **{ $preset }** · dreamed in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}
card-settings = { $layers } · { $octaves ->
    [one] 1 octave
   *[other] { $octaves } octaves
} × { $steps ->
    [one] 1 step
   *[other] { $steps } steps
} · { $size } · seed { $seed }
card-guided = towards a guide
card-masked = within a mask
card-own-colours = in its own colours
card-kept = This dream could not reach you when it was done:
card-perhaps = I was stopped while I gave you this dream, and cannot see whether you have it.
card-refused = This picture could not be dreamed; its owner knows why.
card-cut-short = The file you sent was cut short, so part of the picture is missing.
card-guide-cut-short = The guide file was cut short, so only part of the guide was used.
card-mask-cut-short = The mask file was cut short, so part of the mask is missing.
card-encoded = Saved as { $format }, so that the file is small enough for this place.
card-shrunk = Dreamed smaller than { $size }, for which I have not memory enough.
card-scaled = Made smaller, from { $size }, so that the file is small enough for this place.
card-cancelled = This dream was cancelled.
card-paused = I have to rest for a moment. Your dream goes on as soon as I am back; you need not do anything.
card-elsewhere = The dream is in a message of its own.
card-stays = The dream is done, but I could not get it to you. It is yours the next time you use `/queue` or `/dream`.
card-failed = Something went wrong on my side, and this dream is lost. It cost you nothing. If it happens again, give the reference `{ $reference }` to whoever runs me.
card-original = What the dream grew out of:
alt-dream = A dream of a picture, preset { $preset }, { $width } × { $height } pixels
alt-dream-of = A picture out of which { $thing } grows, { $width } × { $height } pixels
card-frame = Frame { $frame } of { $frames }
card-price = It costs { $price } of your dreams; nothing if you cancel it before it starts.
card-price-started = It costs { $price } of your dreams, even if you cancel it now.
card-starts = It starts now.
card-moved = { $frames ->
    [one] 1 frame
   *[other] { $frames } frames
} · { $fps } a second
card-reduced = Made smaller so that it fits here: { $reduced }.
reduced-quality = less quality
reduced-rate = fewer frames
reduced-size = fewer pixels
alt-moving = A moving dream: { $name }, { $width } × { $height } pixels
alt-preview = A dream that is still growing, preset { $preset }
alt-preview-of = A dream of { $thing } that is still growing
alt-original = The picture that the dream grew out of
alt-thumbnail = An example of the preset { $preset }
button-cancel = Cancel
button-deeper = Deeper
button-again = Again
button-original = Original
button-delete = Delete
button-fetch = Show it
button-preset = Dream it another way …
button-thing = Dream of something else …
button-motion = Let it move …
button-back = Back
button-next = Next

presets-title = Presets, page { $page } of { $pages }
presets-things = `/dream` with `of` dreams of any of a thousand things, such as jellyfish, and with a preset in its look.
presets-motion = `/dream` with `motion` makes a dream move: an endless zoom, its growth, a morph, or a clip of yours that dreams.
queue-title = Your dreams
queue-none = Nothing of yours is waiting. `/dream` changes that.
queue-waiting = **{ $preset }** · its picture is being fetched
queue-place = **{ $preset }** · place { $place }
queue-dreaming = **{ $preset }** · being dreamed right now
queue-more = … and { $more } more
queue-load = In all, { $waiting ->
    [0] nobody is waiting
    [one] 1 dream is waiting
   *[other] { $waiting } dreams are waiting
} and { $dreaming ->
    [0] none is being dreamed
    [one] 1 is being dreamed
   *[other] { $dreaming } are being dreamed
}.
forget-done = Done. I have deleted your dreams, the pictures they grew out of and everything else I kept about you. Messages that I posted stay until you delete them. I only remember how many dreams you have left, until your allowance is full again, and for an hour at most how many of your pictures I could not dream.
forget-but-blocked = I also remember that I am not to dream for you.

admin-title = I began { $when }
admin-well = Nothing is in my way.
admin-problems = In my way: { $problems }.
admin-serving = I take new dreams.
admin-draining = I take no new dreams until you use `/dream-admin resume`, or start me anew.
admin-day = In the last day { $people ->
    [one] 1 person
   *[other] { $people } people
} asked for { $jobs ->
    [one] 1 dream
   *[other] { $jobs } dreams
} that I still remember: { $delivered } delivered, { $kept } kept for their owners, { $cancelled } cancelled, { $refused } refused, { $failed } failed, { $lost } lost.
admin-kept = The pictures that I keep take { $megabytes } MB.
admin-cancelled = The dream `{ $job }` is cancelled, and its owner is told.
admin-blocked = I do not dream for
admin-blocked-server = the server { $server }
admin-nobody = Nobody is blocked.

rules-title = Dreaming in this server
rules-on = It is switched on.
rules-off = It is switched off.
rules-channels = Only in { $channels }.
rules-everywhere = In every channel.
rules-preset = Default preset: { $preset }.
rules-size = Largest size: { $size } pixels.
rules-everyone = Every member: { $limits }.
rules-role = { $role }: { $limits }.
rules-exempt = { $role }: no limits.
rules-limits = { $dreams ->
    [one] 1 dream
   *[other] { $dreams } dreams
} in { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}, { $burst } saved up, { $waiting } waiting, { $running } at the same time

## What cannot be done, and why

error-ours = Something went wrong on my side. If it happens again, give the reference `{ $reference }` to whoever runs me.
error-no-picture = There is no picture in that message that I could dream.
error-foreign-host = I only dream pictures that were uploaded to Discord. Attach yours, and I will.
error-download = I could not fetch that picture from Discord; it may have been deleted. Try again, or upload it once more.
error-switched-off = Dreaming is switched off in this server.
error-channel = I don't dream in this channel. Ask me in { $channels }.
error-rate = You have dreamed a lot! Your next dream is ready { $when }. This one cost you nothing.
error-bad-pictures = Several of your pictures in a row were none that I can dream, so I take a short break from new ones. Send another { $when }; this request cost you nothing, and the buttons below your dreams work meanwhile.
error-original-rate = You have looked at many originals. I can show you the next one { $when }.
error-waiting = { $most ->
    [one] One of your dreams is waiting already. Ask again { $when }, or cancel it; this request cost you nothing.
   *[other] { $most } of your dreams are waiting already. Ask again { $when }, or cancel one; this request cost you nothing.
}
error-queue-full = My queue is full. Try again { $when }; this request cost you nothing.
error-too-much-work = That would take about { $minutes } minutes, and one dream may take { $limit } minutes. A smaller size or fewer iterations make it quicker.
error-size = The largest size here is { $largest } pixels.
error-no-room = I have no room to keep anything right now, so I could not do that. It cost you nothing; try again later.
error-motion-space = The frames of that motion would take more than the { $limit } MB that I can keep while I dream. A smaller size, fewer seconds or fewer frames per second help.
error-shutting-down = I have to rest for a moment and cannot do that now. Try again in a few minutes.
error-not-yours = That belongs to somebody else. Ask for a dream of your own with `/dream`.
error-not-operator = Only whoever runs me can do that.
error-blocked = I do not dream for you. Whoever runs me has decided so.
error-blocked-server = I do not dream in this server. Whoever runs me has decided so.
error-draining = I take no new dreams right now, because I am being looked after. Try again later; this request cost you nothing.
error-not-manager = Only people who can manage this server can change that.
error-not-installed-here = That works only in a server that has invited me.
error-option = That option cannot be “{ $value }”. Discord tells beside it what it can be.
error-not-set = “{ $value }” is no channel or role that is set here. Choose one from the list that appears while you type.
error-outdated = That command has changed since Discord loaded it. Press Ctrl+R, or restart the app, and try again.
error-no-longer-kept = I no longer have what this needs; pictures are kept for a while only. Upload it again with `/dream`.
error-still-coming = The picture of that dream is still on its way to me. Try again in a moment.
error-over-already = That dream is over already.
error-unknown-layer = My network has no layer of the name “{ $layer }”. Choose one of the list that appears while you type.
error-unknown-preset = There is no preset “{ $preset }” any more. `/presets` shows them all.
error-unknown-thing = I am not sure which thing you mean by “{ $thing }”. { $suggestions ->
    [none] Choose one of the list that appears while you type.
   *[other] Did you mean one of these: { $suggestions }?
}
error-never-offered-thing = I would rather not dream of { $thing }. Choose something else from the list that appears while you type.
error-age-restricted-thing = I dream of { $thing } only in age-restricted channels. Ask me there, or choose something else here.
error-guided-thing = A dream grows towards either a thing or a guide; leave one of them out.
error-no-things = My network knows no things by name, so it cannot dream of one. Choose a preset instead.
bound-between = a number from { $low } to { $high }
error-settings = The option { $field } cannot be { $value }; it must be { $bound }.
error-picture = I cannot dream this picture.
error-empty-picture = That file is empty.
error-not-a-picture = That looks like { $looks_like }, not like a picture that I can read. I read { $formats }.
error-damaged-picture = That picture is damaged, cut short or of a rare kind, so I cannot read it.
error-invisible-picture = That picture is transparent everywhere, so there is nothing in it to dream on.
error-picture-bomb = That picture takes far more work to read than any photograph, so I will not read it.
error-too-many-bytes = That file is larger than { $limit } MB, the most that I can read.
error-too-many-pixels = That picture has more than { $limit } megapixels, the most that I can read.
error-too-small = That picture is { $width } × { $height } pixels; I need at least { $limit } × { $limit }.
error-too-narrow = That picture is { $width } × { $height } pixels; its longer side may be at most { $limit } times the other.
error-too-large-for-format = That picture is too long for a { $format } file.
error-clip = I cannot dream this clip.
error-damaged-clip = That clip is damaged, cut short or of a rare kind, so I cannot read it.
error-clip-without-picture = That clip has no picture in it, so there is nothing in it to dream on.
error-clip-bomb = That clip takes far more work to read than others of its size, so I will not read it.
error-guide = The guide cannot be used. { $problem }
error-mask = The mask cannot be used. { $problem }
error-mask-aspect = It is { $mask_width } × { $mask_height } pixels, and the picture is dreamed at { $width } × { $height }; both need the same proportions.
error-time-limit = That dream took longer than { $seconds } seconds and was stopped; a smaller size or fewer iterations make it quicker.
error-video-missing = I cannot read or write videos here. A GIF works, and so does an animated WebP, AVIF or PNG.
error-animation-too-large = That animation does not fit into { $limit } MB, even with a lower quality, frame rate and size; a shorter one would.
