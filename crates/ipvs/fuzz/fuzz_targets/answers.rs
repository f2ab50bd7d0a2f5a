//! Whatever the bytes of a datagram: every message in it is a value or an error, and what is read as a service or a destination can be
//! written and read again.
//!
//! A corpus to start from: the lines of `tests/it/conversation.txt` without their sign, through `xxd -r -p`, one file each.

#![no_main]

use ipvs::wire::{Encoder, Meaning, Reply, frames};
use ipvs::{Protocol, Request, ServiceKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    for frame in frames(datagram).map_while(Result::ok) {
        let Meaning::Data { payload, .. } = frame.meaning else { continue };
        let _ = Reply::parse_family(payload);
        let request = match Reply::parse(payload) {
            Ok(Reply::Service(entry)) => Request::AddService(entry.service),
            Ok(Reply::Destination(entry)) => Request::AddDestination {
                service: ServiceKey::address(Protocol::Tcp, entry.destination.key.address, 80),
                destination: entry.destination,
            },
            _ => continue,
        };
        let mut bytes = Vec::new();
        Encoder::new(23).request(&request, 1, true, &mut bytes);
        let again = frames(&bytes).next().expect("a message").expect("a whole one");
        let Meaning::Data { payload, .. } = again.meaning else { panic!("a message of the family") };
        match (Reply::parse(payload).expect("what was written is read"), request) {
            (Reply::Service(entry), Request::AddService(service)) => assert_eq!(entry.service, service),
            (Reply::Destination(entry), Request::AddDestination { destination, .. }) => {
                assert_eq!(entry.destination, destination);
            }
            (reply, request) => panic!("{request:?} came back as {reply:?}"),
        }
    }
});
