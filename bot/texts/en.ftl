### Everything that the bot says, in English. To add a language, translate this file under the name of its
### locale. A `{ $value }` is filled in by the bot; `{ $n -> … }` chooses by a number. `{ COMMAND("queue") }` names a
### command, in every language by its English name: it becomes a mention that can be clicked. Names and descriptions
### of commands and options show no mentions, so the commands in them are written out.

## Commands: lower case, no spaces, at most 32 letters

command-dream = dream
command-dream-description = Turn a picture into a DeepDream: eyes, fur and patterns grow out of it
command-presets = presets
command-presets-description = Browse the dream styles, each with an example
command-queue = queue
command-queue-description = Show your dreams in progress and how busy I am
command-help = help
command-help-description = How to dream with me, and what the buttons do
command-privacy = privacy
command-privacy-description = What I store about you, for how long, and how to delete it
command-forget-me = forget-me
command-forget-me-description = Delete everything I store about you
command-dream-settings = dream-settings
command-dream-settings-description = Set up dreaming in this server
command-dream-admin = dream-admin
command-dream-admin-description = For the bot's operator only
menu-dream-this = Dream this
menu-dream-avatar = Dream avatar

option-image = image
option-image-description = The picture to dream on: PNG, JPEG, WebP, GIF, AVIF, HEIC, TIFF or BMP
option-image-or-video-description = The picture or clip to dream on: a photo, GIF, MP4, WebM or MOV
option-preset = preset
option-preset-description = The style of the dream; see them all with /presets
option-of = of
option-of-description = Something that grows out of the picture, like jellyfish (1,000 to choose from)
option-strength = strength
option-strength-description = Effect strength: 1 is the preset, 0.5 gentler, 2 wilder
option-size = size
option-size-description = Longest side of the dream in pixels; smaller pictures keep their size
option-iterations = iterations
option-iterations-description = Steps per scale (overrides the preset)
option-octaves = octaves
option-octaves-description = Number of scales, coarse to fine (overrides the preset)
option-layer = layer
option-layer-description = A single network layer to dream with (overrides the preset)
option-guide = guide
option-guide-description = A second picture whose shapes and textures guide the dream
option-mask = mask
option-mask-description = A black-and-white picture of the same proportions: white areas dream, black areas don't
option-keep-colour = keep-colour
option-keep-colour-description = Keep the original colours and change only light and dark
option-seed = seed
option-seed-description = The same picture, options and seed always give the same dream
option-spoiler = spoiler
option-spoiler-description = Hide the dream behind a spoiler
option-private = private
option-private-description = Only you can see the dream
option-motion = motion
option-motion-description = How the dream moves; by default, GIFs and videos move and photos stay still
option-seconds = seconds
option-seconds-description = Length of the animation; longer clips are cut to this
option-fps = fps
option-fps-description = Maximum frames per second
option-file-format = format
option-file-format-description = File format of the animation (default: WebP)

settings-show = show
settings-show-description = Show this server's settings
settings-switch = switch
settings-switch-description = Turn dreaming on or off in this server
option-on = on
option-on-description = True: members can dream here. False: they can't
settings-channel = channel
settings-channel-description = Limit dreaming to certain channels; add them one at a time
option-channel = channel
option-channel-description = The channel, including its threads
option-allowed = allowed
option-allowed-description = False: remove the channel. With no channels listed, all are allowed
settings-sharing = sharing
settings-sharing-description = Choose whether members can use Reroll, Deeper and presets on each other's dreams
option-sharing-description = True: anyone can, with their own allowance. False: only a dream's owner can
settings-preset = preset
settings-preset-description = Choose the preset for members who don't pick one
settings-size = size
settings-size-description = Set the largest size members can ask for, in pixels
settings-limits = limits
settings-limits-description = Set how much each member can dream; numbers you leave out don't change
option-dreams = dreams
option-dreams-description = Dreams a member earns back in the given minutes
option-minutes = minutes
option-minutes-description = Minutes in which that many dreams come back
option-burst = burst
option-burst-description = Dreams a member can save up and use in a row
option-waiting = waiting
option-waiting-description = Dreams one member can have waiting
option-running = at-once
option-running-description = Dreams of one member that can run at the same time
option-role = role
option-role-description = Apply to members with this role instead of everyone
settings-exempt = exempt
settings-exempt-description = Exempt a role from all limits
option-exempt = exempt
option-exempt-description = False: limits apply again
option-reset = reset
option-reset-description = Go back to the default first; other values you give are set after that
settings-remove = remove
settings-remove-description = Remove a channel or role from these settings, even one that's been deleted
option-entry = entry
option-entry-description = The channel or role, or its ID

admin-statistics = statistics
admin-statistics-description = Show the bot's health and all dreams in progress
admin-drain = drain
admin-drain-description = Stop taking new dreams and finish those waiting
admin-resume = resume
admin-resume-description = Take new dreams again
admin-cancel = cancel
admin-cancel-description = Cancel anyone's dream
option-job = job
option-job-description = The dream's ID, as shown in statistics, logs and file names
admin-block = block
admin-block-description = Block a user or server; leave empty to list who is blocked
admin-unblock = unblock
admin-unblock-description = Unblock a user or server; leave empty to list who is blocked
option-user = user
option-user-description = The user, in every server
option-server = server
option-server-description = Server ID (applies to everyone there)

## Presets

preset-mild = Mild
preset-mild-description = A light touch: the picture stays recognisable, with hints of something alive
preset-intense = Intense
preset-intense-description = The full DeepDream: creatures, beads and scales in every corner
preset-classic = Classic
preset-classic-description = The original DeepDream recipe from the Keras example
preset-classic-exact = The original DeepDream from the Keras example, number for number
preset-animals = Animals
preset-animals-description = Dogs, birds and beasts that never existed
preset-eyes = Eyes
preset-eyes-description = Swirls of fur with an eye in every whirl
preset-fur = Fur
preset-fur-description = Fine hair grows along every edge
preset-camouflage = Camouflage
preset-camouflage-description = Creatures hide in the picture's own colours
preset-storybook = Storybook
preset-storybook-description = Big round faces with shining eyes, in soft bright colours
preset-jewels = Jewels
preset-jewels-description = Beads, petals and scales in bold colours cover everything
preset-underwater = Underwater
preset-underwater-description = Jellyfish, coral and anemones drift through the picture
preset-flowers = Flowers
preset-flowers-description = Petals and blossoms open everywhere
preset-architecture = Architecture
preset-architecture-description = Everything turns into walls, towers and vaults
preset-ribbons = Ribbons
preset-ribbons-description = Thick coiled ribbons follow every line
preset-mosaic = Mosaic
preset-mosaic-description = Cells of carved stone, each with its own grooves
preset-geometric = Geometric
preset-geometric-description = Straight strokes and crossing planes
preset-patchwork = Patchwork
preset-patchwork-description = Windows, buttons and woven patches
preset-engraving = Engraving
preset-engraving-description = Fine engraved lines in the picture's own colours
preset-painterly = Painterly
preset-painterly-description = Soft brushwork, warm fur and bright eyes
preset-glass = Glass
preset-glass-description = Stained glass with light shining through
preset-webs = Webs
preset-webs-description = Threads, nets and webs spun over everything

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
motion-still-description = A single picture, even from a clip
motion-zoom = Zoom
motion-zoom-description = Zoom into the dream forever
motion-grow = Growth
motion-grow-description = Watch the dream grow out of the picture
motion-morph = Morph
motion-morph-description = The picture turns into the dream and back
motion-clip = Clip
motion-clip-description = Your GIF or video dreams, frame by frame
motion-still-choice = { motion-still } – { motion-still-description }
motion-zoom-choice = { motion-zoom } – { motion-zoom-description }
motion-grow-choice = { motion-grow } – { motion-grow-description }
motion-morph-choice = { motion-morph } – { motion-morph-description }
motion-clip-choice = { motion-clip } – { motion-clip-description }
format-webp-choice = WebP – small and sharp
format-gif-choice = GIF – works everywhere, fewer colours
format-avif-choice = AVIF – smallest, for newer apps
format-mp4-choice = MP4 – a video
format-webm-choice = WebM – a video in an open format
bound-motion-of-still = still, zoom, grow or morph, because that picture doesn't move
bound-motion = still, zoom, grow, morph or clip

## Cards

card-title = Dreaming: { $name }
card-title-waiting = In line: { $name }
card-title-done = Done: { $name }
card-title-cancelled = Cancelled: { $name }
card-title-failed = Didn't work: { $name }
card-title-paused = Paused: { $name }
card-title-of = Dreaming of { $thing }
card-place = { $place ->
    [1] You're next.
   *[other] You're number { $place } in line.
}
card-ready = ready { $when }
card-done-at = Ready { $when }
card-dreamed = **{ $preset }** · dreamed in { $seconds ->
    [one] 1 second
   *[other] { $seconds } seconds
}
card-guided = guided by a second picture
card-masked = masked
card-own-colours = original colours
card-kept = I couldn't deliver this dream when it was finished, so here it is now:
card-perhaps = I was interrupted while sending you this dream, so I'm not sure it arrived.
card-refused = I couldn't dream this picture. I've told the person who sent it why.
card-cut-short = The file you sent was incomplete, so part of the picture is missing.
card-guide-cut-short = The guide file was incomplete, so only part of it was used.
card-mask-cut-short = The mask file was incomplete, so part of it is missing.
card-encoded = Saved as { $format } to fit the upload limit here.
card-shrunk = Made smaller than { $size }: not enough memory.
card-scaled = Scaled down from { $size } to fit the upload limit here.
card-cancelled = I stopped this dream.
card-original-deleted = I stopped this dream because the picture it was made from was deleted.
card-free = It didn't cost you anything.
card-paused = I'm restarting. Your dream continues by itself as soon as I'm back.
card-elsewhere = The dream is in a separate message.
card-stays = Your dream is done, but I couldn't deliver it. You'll get it the next time you use { COMMAND("queue") } or { COMMAND("dream") }.
card-failed = Something went wrong on my side and this dream was lost. It didn't cost you anything. If it keeps happening, send the reference `{ $reference }` to { $support ->
    [none] the bot's operator
   *[other] [support]({ $support })
}.
card-original = Original:
details-title = Details: { $name }
details-things = **Dream of:** { $things }
details-layers = **Layers:** { $layers }
details-octaves = **Octaves:** { $octaves } · **Steps per octave:** { $steps }
details-strength = **Strength:** { $strength }
details-size = **Size:** { $width } × { $height } pixels
details-seed = **Seed:** { $seed }
details-format = **Format:** { $format }
alt-dream = A dream made from a picture, preset { $preset }, { $width } × { $height } pixels
alt-dream-of = A picture with { $thing } growing out of it, { $width } × { $height } pixels
card-frame = Frame { $frame } of { $frames }
card-price = This uses { $price } of your dreams, or none if you cancel before it starts.
card-price-started = This uses { $price } of your dreams. If you cancel now, you get { $refund } back.
card-price-spent = This uses { $price } of your dreams, even if you cancel now.
card-refunded = You got { $refund } of its { $price } dreams back.
card-starts = Starting now.
card-moved = { $frames ->
    [one] 1 frame
   *[other] { $frames } frames
} · { $fps } a second
card-first-seconds = { $seconds ->
    [one] I dreamed only the first second of your clip.
   *[other] I dreamed only the first { $seconds } seconds of your clip.
}
card-reduced = Reduced to fit the upload limit here: { $reduced }.
reduced-quality = lower quality
reduced-rate = fewer frames
reduced-size = smaller size
alt-moving = An animated dream: { $name }, { $width } × { $height } pixels
alt-preview = A dream still growing, preset { $preset }
alt-preview-of = A dream of { $thing }, still growing
alt-original = The original picture
alt-thumbnail = Example of the preset { $preset }
alt-compared = Your picture in the preset { $preset }
button-cancel = Cancel
button-retry = Try again
button-deeper = Deeper
button-again = Reroll
button-adjust = Adjust…
button-details = Details
button-original = Original
button-delete = Delete
button-fetch = Show it
button-preset = Try another preset…
button-thing = Dream of something else…
button-motion = Make it move…
button-keep = Keep
button-forget = Delete everything
button-support = Support
button-policy = Privacy policy
button-category = Show another category…
button-use = Use on your last picture…
button-compare = Try these four on my picture
button-compare-four = Compare four presets
button-compare-four-description = See four of them on your picture, small and side by side
button-compare-again = Try again
button-compare-others = Compare four others…

choose-picture = Which one should I dream?
choose-picture-option = Picture { $number }
choose-picture-placeholder = Choose a picture…

adjust-title = Adjust this dream
adjust-preset = Preset
adjust-thing-alone = Only the thing
adjust-thing-alone-description = No preset's style, just what you want to dream of
adjust-of = What to dream of
adjust-of-description = Something like jellyfish, or leave it empty. You can't use it together with a guide.
adjust-strength = Strength
adjust-strength-0-25 = Barely there
adjust-strength-0-5 = Gentler
adjust-strength-1 = The preset's own
adjust-strength-1-5 = A bit wilder
adjust-strength-2 = Wilder
adjust-strength-4 = As wild as it gets
adjust-numbers = Size and seed
adjust-numbers-description = Size: { $low } to { $largest } pixels. Delete the seed to get a new one.
adjust-numbers-guided = Size, seed and guide
adjust-numbers-guided-description = Size: { $low } to { $largest } pixels. Delete a line to get a new seed or to drop the guide.
adjust-keep = keep
adjust-guide = Guide
adjust-guide-description = { option-guide-description }
adjust-guide-again = { adjust-guide }
adjust-guide-again-description = Upload a picture here to replace this dream's guide
adjust-unchanged = As it is

presets-title = Presets: { $category }
category-dreamlike = Classic DeepDream
category-creatures = Creatures
category-worlds = Worlds
category-patterns = Patterns
category-art = Art
category-mix = A bit of everything
comparison-title = Your picture in four presets
comparison-waiting = I'm dreaming four small versions. This takes a few seconds, or a little longer if I'm busy.
comparison-stuck = If they don't show up within two minutes, try again.
comparison-choose = Pick one to dream it at full size.
presets-things = Use `of` in { COMMAND("dream") } to grow one of a thousand things, like jellyfish. Add a preset to choose the style.
presets-motion = Use `motion` in { COMMAND("dream") } to make a dream move: zoom in forever, watch it grow, or morph there and back. GIFs and videos work too.
queue-title = Your dreams
queue-none = You have no dreams in progress. Start one with { COMMAND("dream") }.
queue-waiting = **{ $preset }** · getting the picture
queue-place = **{ $preset }** · number { $place } in line
queue-dreaming = **{ $preset }** · in progress
queue-more = … and { $more } more
queue-load = Overall: { $waiting } waiting, { $dreaming } in progress
queue-left = Dreams left: **{ $left } of { $most }**{ $when ->
    [none] {""}
   *[other] {" "}· { $left ->
        [0] your next one is ready { $when }
       *[other] one more { $when }
    }
}
queue-unlimited = Dreams left: **unlimited**
queue-limits = Your limits here: { $limits }
queue-pause = I couldn't read several of your pictures in a row, so I take new ones again { $when }. The buttons below your dreams still work.
delete-title = { $place ->
    [private] Delete this dream?
   *[channel] Delete this dream for everyone?
}
delete-question = I'll remove the message and delete the dream from my storage, along with its settings and its original picture, unless another dream still needs that picture. If others made dreams from it, their buttons stop working too. This can't be undone.
delete-done = Deleted. The dream and everything I'd stored about it are gone.
delete-message-left = I deleted everything I'd stored about this dream, but I couldn't remove its message. Press *{ button-delete }* below it once more.
kept-all = OK, I didn't delete anything.
forget-title = Delete everything I've stored about you?
forget-question = { $dreams ->
    [0] I have none of your dreams at the moment, but I'll delete anything that's left.
    [one] Your dream and its original picture will be deleted.
   *[other] Your { $dreams } dreams and their original pictures will be deleted.
} Dreams in progress will be cancelled, and the buttons below your dreams will stop working, including on dreams that others made from yours. Messages I've already posted stay until you delete them. This can't be undone.
forget-done = Done. I deleted your dreams, their original pictures and everything else I had stored about you. Messages I posted stay until you delete them. I only remember how many dreams you have left, until your allowance is full again, and how many of your pictures I couldn't read, for up to an hour.
forget-but-blocked = I also remember that you're blocked.

## /help

help-title = How to dream with me
help-intro =
    I turn pictures into DeepDreams: eyes, fur and patterns grow out of them.
    Give me a picture and watch it come alive.
help-start = **Start a dream**
    - { COMMAND("dream") }, then attach a picture
    - *{ menu-dream-this }* for a picture somebody posted: right-click or long-press the message, then choose *Apps*
    - *{ menu-dream-avatar }* for a profile picture: right-click the person, then choose *Apps*
help-buttons = **Below a dream**
    - *{ button-deeper }* keeps dreaming from where it stopped
    - *{ button-again }* dreams the same picture again, with a new result
    - *{ button-adjust }* lets you change the preset, strength, size and more first
    - *{ button-original }* shows only you the picture it grew out of
    - *{ button-delete }* removes the dream, after asking you
    - The menus let you try another preset or make it move
help-more = **More to try**
help-presets = { COMMAND("presets") } shows every style
help-things = `{ option-of }` in { COMMAND("dream") } grows one thing all over, like jellyfish
help-motion = `{ option-motion }` in { COMMAND("dream") } makes a dream move: zoom, grow or morph. GIFs move by themselves
help-queue = { COMMAND("queue") } shows your dreams in progress, how many you have left, and your limits
help-managers = You manage this server: { COMMAND("dream-settings show") } shows its channels, limits and preset, and the commands next to it change them.
help-privacy = { COMMAND("privacy") } shows what I store about you, and how to delete it.

## /privacy

privacy-title = Your privacy
privacy-kept = **What I keep**
privacy-pictures = Your dreams, and your pictures as you sent them: for { $time } after they were last used, so that the buttons below your dreams work. If everyone's pictures together fill { $megabytes } MB, the oldest ones of whoever stores the most are deleted sooner. If a dream is refused or lost, its pictures are deleted right away
privacy-jobs = A record of each dream: your user ID, the IDs of the server, channel and message, your language and the options you chose. For { $time } after the dream, and for as long as I keep its picture
privacy-allowance = How many dreams you've used: until you have them all back, which takes at most { $time } with your limits here
privacy-bad-pictures = How many of your pictures I couldn't read: for { $time } at most
privacy-blocks = If my operator blocks you: your user ID, until you're unblocked
privacy-log = My log: what happened and when, without your pictures or anything you write. My operator decides how long it's kept
privacy-log-everything = My log: right now my operator has set it to record everything that Discord sends me, including names and messages. My operator also decides how long it's kept
privacy-delay = Anything that's due for deletion is gone within { $time }
privacy-access = **Who can see it**
    Everyone who can see the channel sees your dreams there; with `{ option-private }`, only you do. Only you can open your originals. My operator can access everything I store. I don't pass anything on to anyone else, and I remove camera data, such as the location, from every picture I show. I don't read your messages: I only see the picture or message you use me on.
privacy-deletion = **How to delete it**
    Press *{ button-delete }* below a dream to delete its message and everything I keep about it. { COMMAND("forget-me") } deletes everything about you at once, except how many dreams you've used, how many of your pictures I couldn't read, and whether you're blocked. Messages I've already posted stay until you delete them.
privacy-policy = My operator's [privacy policy]({ $url }) has more.
duration-days = { $days ->
    [one] 1 day
   *[other] { $days } days
}
duration-hours = { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}
duration-minutes = { $minutes ->
    [one] 1 minute
   *[other] { $minutes } minutes
}

admin-title = Running since { $when }
admin-well = All OK.
admin-problems = Problems: { $problems }.
admin-serving = Accepting dreams.
admin-draining = Not accepting new dreams until you use { COMMAND("dream-admin resume") } or restart me.
admin-day = Last 24 hours (from stored records): { $people ->
    [one] 1 person
   *[other] { $people } people
} asked for { $jobs ->
    [one] 1 dream
   *[other] { $jobs } dreams
}: { $delivered } delivered, { $kept } kept for their owners, { $cancelled } cancelled, { $refused } refused, { $failed } failed, { $lost } lost.
admin-kept = Stored pictures take up { $megabytes } MB.
admin-cancelled = I cancelled the dream `{ $job }` and told its owner.
admin-blocked = Blocked
admin-blocked-server = server { $server }
admin-nobody = Nobody is blocked.

rules-title = Dreaming in this server
rules-on = Dreaming is on.
rules-off = Dreaming is off.
rules-channels = Allowed channels: { $channels }
rules-everywhere = Allowed in every channel.
rules-sharing-on = Anyone can reroll other people's dreams, go deeper or try other presets.
rules-sharing-off = Only a dream's owner can reroll it, go deeper or try other presets.
rules-preset = Default preset: { $preset }
rules-size = Largest size: { $size } pixels
size-largest = { $size } – the largest here
rules-everyone = Everyone: { $limits }
rules-role = { $role }: { $limits }
rules-exempt = { $role }: no limits
rules-limits = { $dreams ->
    [one] 1 dream
   *[other] { $dreams } dreams
} per { $minutes ->
    [one] minute
   *[other] { $minutes } minutes
}, up to { $burst } in a row, { $waiting } waiting, { $running } at the same time

## What cannot be done, and why

error-ours = Something went wrong on my side. If it keeps happening, send the reference `{ $reference }` to { $support ->
    [none] the bot's operator
   *[other] [support]({ $support })
}.
error-no-picture = I can't find a picture in that message.
error-foreign-host = I can only use pictures uploaded to Discord. Attach yours and try again.
error-download = I couldn't get that picture from Discord. It may have been deleted; try again or upload it once more.
error-switched-off = Dreaming is turned off in this server.
error-channel = I can't dream in this channel. Try { $channels }.
error-rate = You've used up your dreams for now. Your next one is ready { $when }. This request didn't cost you anything.
error-price = That uses { $price } of your dreams, and you have { $left } left. You'll have enough { $when }. This request didn't cost you anything.
error-bad-pictures = I couldn't read several of your pictures in a row, so I'm taking a short break from new ones. Try again { $when }. This request didn't cost you anything, and the buttons below your dreams still work.
error-original-rate = You've opened a lot of originals. I can show you the next one { $when }.
error-comparison-rate = You can compare presets once a minute. Try again { $when }.
error-comparison-running = I'm still working on your last comparison. It'll be ready in a moment.
error-comparison-busy = I'm busy with dreams right now. Try the comparison again in a few minutes, or pick a preset and I'll put it in line.
error-no-last-picture = I don't have a picture of yours to dream on. Start with { COMMAND("dream") }, then come back to { COMMAND("presets") }.
error-waiting = { $most ->
    [one] You already have a dream waiting. Try again { $when }, or cancel it. This request didn't cost you anything.
   *[other] You already have { $most } dreams waiting. Try again { $when }, or cancel one. This request didn't cost you anything.
}
error-queue-full = My queue is full. Try again { $when }. This request didn't cost you anything.
error-too-much-work = That would take about { $minutes } minutes, and the limit is { $limit }. Try a smaller size or fewer iterations.
error-size = The largest size here is { $largest } pixels.
error-no-room = I'm out of storage space right now, so I couldn't do that. It didn't cost you anything. Please try again later.
error-motion-space = The frames of that animation need more than the { $limit } MB I can store. Try a smaller size, a shorter length or fewer frames per second.
error-shutting-down = I'm restarting and can't do that right now. Try again in a few minutes.
error-not-yours = That dream belongs to someone else. Make your own with { COMMAND("dream") }.
error-not-your-picture = That dream was made from someone else's picture, so I can't show you the original.
error-not-operator = Only the bot's operator can do that.
error-blocked = The bot's operator has blocked you.
error-blocked-server = The bot's operator has blocked this server.
error-draining = I'm not taking new dreams right now, for maintenance. Try again later. This request didn't cost you anything.
error-not-manager = Only people who can manage this server can change that.
error-not-installed-here = That only works in servers I've been added to.
error-option = “{ $value }” doesn't work for that option. Check the hint next to it.
error-line = I don't understand “{ $line }”. Put each value on a line of its own, like “{ $example }”. This request didn't cost you anything.
error-number = “{ $value }” doesn't work as the { $field }. Use a whole number from { $low } to { $high }. This request didn't cost you anything.
error-not-set = “{ $value }” isn't a channel or role in these settings. Pick one from the list that appears as you type.
error-outdated = That command has changed since Discord loaded it. Press Ctrl+R or restart the app, then try again.
error-no-longer-kept = I no longer have that picture; I only keep pictures for a while. Upload it again with { COMMAND("dream") }.
error-details-gone = I no longer have the details of that dream.
error-still-coming = I'm still getting the picture for that dream. Try again in a moment.
error-over-already = That dream is already over.
error-unknown-layer = There's no layer called “{ $layer }”. Pick one from the list that appears as you type.
error-unknown-preset = There's no preset called “{ $preset }” any more. See them all with { COMMAND("presets") }.
error-unknown-thing = I'm not sure what you mean by “{ $thing }”. { $suggestions ->
    [none] Pick something from the list that appears as you type.
   *[other] Did you mean one of these: { $suggestions }?
}
error-never-offered-thing = I'd rather not dream of { $thing }. Pick something else.
error-unlisted-thing = I'm not sure what you mean by “{ $thing }”. Try another word, like jellyfish. This request didn't cost you anything.
error-age-restricted-thing = I only dream of { $thing } in age-restricted channels. Ask me there, or pick something else here.
error-guided-thing = A dream can follow either a thing or a guide, not both. Leave one of them out.
error-no-things = My network doesn't know things by name. Pick a preset instead.
list-last = { $others } and { $last }
bound-between = a number from { $low } to { $high }
error-settings = { $field } can't be { $value }; it has to be { $bound }.
error-picture = I can't dream this picture.
error-empty-picture = That file is empty.
error-not-a-picture = That looks like { $looks_like }, not a picture I can read. I can read { $formats }.
error-damaged-picture = That picture is damaged, incomplete or in an unusual format, so I can't read it.
error-invisible-picture = That picture is completely transparent, so there's nothing to dream on.
error-picture-bomb = That picture takes far more work to open than a normal photo, so I didn't open it.
error-too-many-bytes = That file is over the { $limit } MB limit.
error-too-many-pixels = That picture is over the limit of { $limit } megapixels.
error-too-small = That picture is { $width } × { $height } pixels; it needs to be at least { $limit } × { $limit }.
error-too-narrow = That picture is { $width } × { $height } pixels; its longer side can be at most { $limit } times the shorter one.
error-too-large-for-format = That picture is too large for a { $format } file.
error-clip = I can't dream this clip.
error-damaged-clip = That clip is damaged, incomplete or in an unusual format, so I can't read it.
error-clip-without-picture = That clip has no picture, so there's nothing to dream on.
error-clip-bomb = That clip takes far more work to open than others of its size, so I didn't open it.
error-guide = I can't use the guide. { $problem }
error-mask = I can't use the mask. { $problem }
error-mask-aspect = The mask is { $mask_width } × { $mask_height } pixels, but the dream is { $width } × { $height }. Both need the same proportions.
error-time-limit = That dream took longer than { $seconds } seconds, so I stopped it. Try a smaller size or fewer iterations.
error-video-missing = I can't open or save videos here. GIFs and animated WebP, AVIF or PNG files work.
error-animation-too-large = That animation doesn't fit into { $limit } MB, even with lower quality, fewer frames and a smaller size. Try a shorter one.
