//! What other servers of a cluster publish to Redis: what is read is written and read again as the same.
#![no_main]

use bytes::Bytes;
use chinwag_socketio_redis::wire::{Ask, Broadcast, Channels, Request, Response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else { return };
    let bytes = Bytes::copy_from_slice(bytes);
    match kind % 4 {
        0 => {
            let Ok(read) = Broadcast::decode("/", &bytes) else { return };
            let again = Broadcast::decode("/", &read.encode().into()).expect("a broadcast");
            assert_eq!((&again.uid, &again.to), (&read.uid, &read.to));
            assert_eq!((again.volatile, again.compress), (read.volatile, read.compress));
            assert_eq!(again.packet.parts().expect("an event").0, read.packet.parts().expect("an event").0);
        }
        1 => {
            let Ok(read) = Request::decode("/", &bytes) else { return };
            let again = Request::decode("/", &read.encode().into()).expect("a request");
            assert_eq!((&again.uid, &again.id), (&read.uid, &read.id));
            let same = matches!(
                (&again.ask, &read.ask),
                (Ask::Ids { .. }, Ask::Ids { .. })
                    | (Ask::AllRooms, Ask::AllRooms)
                    | (Ask::Join { .. }, Ask::Join { .. })
                    | (Ask::Leave { .. }, Ask::Leave { .. })
                    | (Ask::Disconnect { .. }, Ask::Disconnect { .. })
                    | (Ask::Sockets { .. }, Ask::Sockets { .. })
                    | (Ask::ServerSideEmit { .. }, Ask::ServerSideEmit { .. })
                    | (Ask::Broadcast { .. }, Ask::Broadcast { .. })
            );
            assert!(same, "{:?} became {:?}", read.ask, again.ask);
        }
        2 => {
            let Ok(read) = Response::decode(&bytes) else { return };
            let again = Response::decode(&read.encode().into()).expect("a response");
            assert_eq!(again.id, read.id);
        }
        _ => {
            let channels = Channels::new("socket.io", "/");
            if let Some(room) = channels.room(&bytes) {
                assert_eq!(channels.broadcast(&[room.to_owned()]).as_bytes(), bytes);
            }
        }
    }
});
