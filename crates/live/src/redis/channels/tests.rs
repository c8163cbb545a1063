use uuid::Uuid;

use super::*;

const STREAM: StreamId = StreamId(Uuid::nil());
const CHANNEL: Channel = Channel::Stream(STREAM);

fn left(channels: &Channels, now: Instant) -> usize {
    let mut left = 0;
    channels.leave_idle(now, |_| left += 1);
    left
}

#[test]
fn what_is_wanted_again_in_time_is_not_left() {
    let (channels, start) = (Channels::default(), Instant::now());
    assert!(matches!(channels.want(CHANNEL, Use::FanOut, || None), Wish::Later));
    channels.confirm([CHANNEL].into_iter());
    for step in 0..100 {
        // Who comes and goes all the time is one entry.
        channels.unwant(STREAM, Use::FanOut, start + LINGER / 10 * step);
        assert!(matches!(channels.want(CHANNEL, Use::FanOut, || None), Wish::Heard));
        assert!(channels.lock().lingering.len() <= 1);
        assert_eq!(left(&channels, start + LINGER / 10 * step), 0);
    }
    let end = start + LINGER * 20;
    channels.unwant(STREAM, Use::FanOut, end);
    assert_eq!(left(&channels, end + LINGER / 2), 0);
    assert_eq!(left(&channels, end + LINGER), 1);
    let state = channels.lock();
    assert!(state.channels.is_empty() && state.lingering.is_empty());
}

#[test]
fn a_channel_with_two_uses_is_left_after_both() {
    let (channels, now) = (Channels::default(), Instant::now());
    channels.want(CHANNEL, Use::FanOut, || None);
    channels.want(CHANNEL, Use::Presence, || None);
    channels.unwant(STREAM, Use::FanOut, now);
    assert_eq!(left(&channels, now + LINGER), 0);
    channels.unwant(STREAM, Use::Presence, now + LINGER);
    assert_eq!(left(&channels, now + LINGER), 0);
    assert_eq!(left(&channels, now + LINGER * 2), 1);
}

#[test]
fn what_was_lost_is_asked_for_again() {
    let channels = Channels::default();
    channels.want(CHANNEL, Use::FanOut, || None);
    channels.confirm([CHANNEL].into_iter());
    channels.lose([CHANNEL].into_iter());
    let mut asked = false;
    channels.want(CHANNEL, Use::FanOut, || {
        asked = true;
        None
    });
    assert!(asked);
    assert_eq!(channels.all(|_| true), [CHANNEL]);
}
