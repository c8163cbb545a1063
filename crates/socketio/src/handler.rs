//! Functions that handle events.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;

use serde::Serialize;

use crate::ack::Ack;
use crate::extract::{Event, FromEvent};

/// A handler in hand.
pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An async function that handles an event. Its parameters, up to eight, are read by [`FromEvent`]; what it returns
/// may be the acknowledgement ([`IntoReply`]).
///
/// One socket's events are handled one after the other, in the order in which they came: the next one waits until
/// the future is done. A handler is never cancelled, also not when its client vanishes.
///
/// ```
/// use chinwag_socketio::{Ack, Namespace, Payload, Reply, Socket};
///
/// async fn rename(socket: Socket, Payload(name): Payload<String>) -> Result<Reply<String>, Reply<&'static str>> {
///     if name.is_empty() {
///         return Err(Reply("a name has at least one letter"));
///     }
///     let _ = socket.broadcast().emit("renamed", &name);
///     Ok(Reply(name))
/// }
///
/// Namespace::new("/")
///     .on("rename", rename)
///     .on("ping", async || Reply("pong"))
///     .on("later", |ack: Ack| async move { ack.send("now") })
/// # ;
/// ```
pub trait Handler<Parameters>: Send + Sync + 'static {
    /// Begins to handle the event.
    ///
    /// ```
    /// # use std::{any::TypeId, future::Future, pin::Pin, time::Instant};
    /// # use chinwag_socketio::{Event, Handler, Namespace, Reply};
    /// /// A handler that is timed.
    /// struct Timed<H>(H);
    ///
    /// impl<P, H: Handler<P>> Handler<P> for Timed<H> {
    ///     fn call(&self, event: Event) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    ///         let (name, begin) = (event.name().to_owned(), Instant::now());
    ///         let handling = self.0.call(event);
    ///         Box::pin(async move {
    ///             handling.await;
    ///             println!("{name} took {:?}", begin.elapsed());
    ///         })
    ///     }
    /// #     fn states(&self) -> Vec<(TypeId, &'static str)> { self.0.states() }
    /// }
    ///
    /// Namespace::new("/").on("ping", Timed(async || Reply("pong")))
    /// # ;
    /// ```
    fn call(&self, event: Event) -> Pin<Box<dyn Future<Output = ()> + Send>>;

    /// The types of [`State`](crate::State) among the parameters, with their names.
    ///
    /// ```
    /// # use chinwag_socketio::{Handler, Socket, State};
    /// fn needs<P>(handler: impl Handler<P>) -> Vec<&'static str> {
    ///     handler.states().into_iter().map(|(_, name)| name).collect()
    /// }
    ///
    /// assert_eq!(needs(async |_: Socket, _: State<u32>| ()), ["u32"]);
    /// ```
    fn states(&self) -> Vec<(TypeId, &'static str)>;
}

/// What a handler may return.
///
/// ```
/// use chinwag_socketio::{Ack, IntoReply, Namespace};
///
/// enum Error { Forbidden }
///
/// impl IntoReply for Error {
///     fn reply(self, ack: Ack) {
///         match self {
///             Self::Forbidden => ack.send(&serde_json::json!({ "error": "forbidden" })),
///         }
///     }
/// }
///
/// // What is `Ok(())` is not acknowledged.
/// Namespace::new("/").on("close", async || -> Result<(), Error> { Err(Error::Forbidden) })
/// # ;
/// ```
pub trait IntoReply {
    /// Uses the acknowledgement, which is empty if the event asked for none or a parameter has taken it.
    ///
    /// ```
    /// # use chinwag_socketio::{Ack, IntoReply};
    /// /// What was stored, as all clients of this application expect it.
    /// struct Stored(u64);
    ///
    /// impl IntoReply for Stored {
    ///     fn reply(self, ack: Ack) {
    ///         ack.send(&serde_json::json!({ "ok": true, "id": self.0 }));
    ///     }
    /// }
    /// ```
    fn reply(self, ack: Ack);
}

/// A value to acknowledge the event with.
///
/// ```
/// use chinwag_socketio::{Namespace, Payload, Reply};
///
/// Namespace::new("/").on("double", |Payload(n): Payload<u32>| async move { Reply(u64::from(n) * 2) })
/// # ;
/// ```
#[derive(Debug, Clone)]
pub struct Reply<T>(pub T);

impl IntoReply for () {
    fn reply(self, _: Ack) {}
}

impl<T: Serialize> IntoReply for Reply<T> {
    fn reply(self, ack: Ack) {
        ack.send(&self.0);
    }
}

/// Either kind acknowledges in its own way.
impl<T: IntoReply, E: IntoReply> IntoReply for Result<T, E> {
    fn reply(self, ack: Ack) {
        match self {
            Ok(value) => value.reply(ack),
            Err(error) => error.reply(ack),
        }
    }
}

macro_rules! handler {
    ($($parameter:ident),*) => {
        impl<F, Fut, $($parameter,)*> Handler<($($parameter,)*)> for F
        where
            F: Fn($($parameter,)*) -> Fut + Send + Sync + 'static,
            Fut: Future + Send + 'static,
            Fut::Output: IntoReply,
            $($parameter: FromEvent,)*
        {
            #[allow(non_snake_case, unused_mut, reason = "the macro names values as their types")]
            fn call(&self, mut event: Event) -> Running {
                $(
                    let $parameter = match $parameter::from_event(&mut event) {
                        Ok(value) => value,
                        Err(rejection) => {
                            event.take_ack().reject(&rejection);
                            return Box::pin(std::future::ready(()));
                        }
                    };
                )*
                let ack = event.take_ack();
                drop(event);
                let future = self($($parameter,)*);
                Box::pin(async move { future.await.reply(ack) })
            }

            fn states(&self) -> Vec<(TypeId, &'static str)> {
                let states: Vec<Option<(TypeId, &'static str)>> = vec![$($parameter::state(),)*];
                states.into_iter().flatten().collect()
            }
        }
    };
}

handler!();
handler!(A);
handler!(A, B);
handler!(A, B, C);
handler!(A, B, C, D);
handler!(A, B, C, D, E);
handler!(A, B, C, D, E, G);
handler!(A, B, C, D, E, G, H);
handler!(A, B, C, D, E, G, H, I);

/// A handler whose parameters are no longer part of its type.
pub(crate) type ErasedHandler = Box<dyn Fn(Event) -> Running + Send + Sync>;

pub(crate) fn erase<P>(handler: impl Handler<P>) -> ErasedHandler {
    Box::new(move |event| handler.call(event))
}
