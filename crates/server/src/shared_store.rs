//! Keeping up with a store that other nodes write to as well: what they did to sessions, and whether it is there at all.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chinwag_socketio::{Closing, SocketIo};
use tokio::time::{Instant, MissedTickBehavior, sleep};

use crate::accounts::end;
use crate::app::App;
use crate::fan_out::NAMESPACE;

/// How often the store is asked. A session that ends on another node has no sockets here after about twice this.
const EVERY: Duration = Duration::from_millis(500);
/// After this long without the store and without Redis the node closes its sockets: it cannot know any more who may hear
/// what.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long its clients then stay away, in milliseconds.
const RETRY_MS: u64 = 2_000;

/// Asks again and again. A task of the application, to be run only where the store is shared.
pub(crate) async fn keep_up(app: Arc<App>, io: SocketIo) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = Instant::now();
    let mut is_away = false;
    let mut epoch = app.store.epoch();
    let suspect = app.live.suspect();
    loop {
        ticks.tick().await;
        let mut asked = pin!(app.store.session_news());
        let answer = loop {
            tokio::select! {
                answer = asked.as_mut() => break answer,
                // A store that stands still is away as long as it does not answer.
                () = sleep(EVERY), if is_away => app.outage.note(),
            }
        };
        is_away = answer.is_err();
        match answer {
            Ok(news) => {
                seen = Instant::now();
                if news.more {
                    ticks.reset_immediately();
                }
                app.live.forget(&news.stale).await;
                end(&app, news.ended).await;
                // What the sockets were told may not be so any more: who comes back finds out by the epoch.
                let now = app.store.epoch();
                if std::mem::replace(&mut epoch, now) != now {
                    close_sockets(&io, "another epoch has begun");
                }
            }
            Err(error) => {
                tracing::debug!(%error, "the store could not be asked for news");
                // Who comes now is better turned away before they have a connection than after it.
                app.outage.note();
                // Nobody can be signed out where the store is away; as long as others are heard, so is whoever was before.
                if seen.elapsed() > PATIENCE && *suspect.borrow() {
                    close_sockets(&io, "neither the store nor other nodes could be asked for too long");
                }
            }
        }
    }
}

fn close_sockets(io: &SocketIo, reason: &str) {
    let all = io.of(NAMESPACE);
    let sockets = all.count();
    if sockets > 0 {
        tracing::error!(sockets, reason, "all sockets are closed");
        all.disconnect(&Closing::new("unavailable", RETRY_MS));
    }
}
