//! Looks at what comes from Redis, message by message in the order in which they came.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chinwag_socketio::Local;
use chinwag_socketio::adapter::Command;
use tokio::sync::mpsc;

use crate::answering::Answering;
use crate::asked::Heard;
use crate::inbox::Incoming;
use crate::namespaces::{Kind, Namespace};
use crate::shared::Shared;
use crate::totals::count;
use crate::wire::{Broadcast, Malformed, Request, Response};

/// Handles what comes until the task is ended.
pub(crate) async fn run(shared: Arc<Shared>, local: Local, mut queue: mpsc::Receiver<Incoming>) {
    let mut answering = Answering::new(shared.clone(), local.clone());
    while let Some(incoming) = queue.recv().await {
        // Of a namespace that has just gone.
        let Some((namespace, kind)) = shared.namespaces.route(&incoming.by) else { continue };
        let handled = match kind {
            Kind::Broadcast => broadcast(&shared, &local, &namespace, &incoming).await,
            Kind::Request => request(&shared, &mut answering, &namespace, incoming).await,
            Kind::Response => response(&shared, incoming),
        };
        match handled {
            Ok(true) => {
                shared.counters.received.fetch_add(1, Ordering::Relaxed);
            }
            Ok(false) => {}
            Err(malformed) => {
                if count(&shared.counters.malformed) {
                    tracing::warn!(namespace = %namespace.name, %malformed, "a message of another server is not understood");
                }
            }
        }
    }
}

/// Whether it was of somebody else.
type Handled = Result<bool, Malformed>;

async fn broadcast(shared: &Shared, local: &Local, namespace: &Namespace, incoming: &Incoming) -> Handled {
    // Not even decoded if it is for one room and nobody of it is here.
    if let Some(room) = namespace.channels.room(&incoming.channel)
        && !local.has_room(&namespace.name, room)
    {
        return Ok(true);
    }
    let broadcast = Broadcast::decode(&namespace.name, &incoming.payload)?;
    if broadcast.uid == shared.namespaces.uid() {
        return Ok(false);
    }
    let Broadcast { to, packet, volatile, compress, .. } = broadcast;
    local.apply(&namespace.name, Command::Emit { to, packet, volatile, compress }).await;
    Ok(true)
}

async fn request(
    shared: &Shared,
    answering: &mut Answering,
    namespace: &Arc<Namespace>,
    incoming: Incoming,
) -> Handled {
    let request = Request::decode(&namespace.name, &incoming.payload)?;
    if request.uid.as_deref() == Some(shared.namespaces.uid()) {
        return Ok(false);
    }
    answering.carry_out(namespace.clone(), request, incoming.held).await;
    Ok(true)
}

fn response(shared: &Shared, incoming: Incoming) -> Handled {
    let Response { id, said } = Response::decode(&incoming.payload)?;
    shared.asked.hear(&id, Heard::Said(said), Some(incoming.held));
    Ok(true)
}
