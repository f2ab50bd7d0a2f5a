//! The conversation, against a kernel that is told what to say.

use super::channel::{Channel, Datagrams};
use super::conversation::Conversation;
use crate::wire::{Question, Reply};
use crate::{Error, Protocol, Request, ServiceEntry, ServiceKey};
use netlink_packet_core::NLM_F_DUMP_INTR;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

const FAMILY: u16 = 23;
const PORT: u32 = 4711;
const MULTIPART: u16 = 2;

/// What the kernel does with one datagram.
enum Turn {
    /// Answers with these messages: kind, flags, payload, and what is added to the sequence number.
    Say(Vec<Message>),
    /// The receive call fails.
    Fail(rustix::io::Errno),
    /// The receive call finds nothing in time.
    Silence,
}

type Message = (u16, u16, Vec<u8>, u32);

thread_local! {
    /// Turns to come: one per datagram sent, after the search for the family. A new channel goes on with them.
    static SCRIPT: RefCell<VecDeque<Turn>> = const { RefCell::new(VecDeque::new()) };
    static OPENED: RefCell<u32> = const { RefCell::new(0) };
}

struct Scripted {
    answer: Option<Turn>,
    sequence: u32,
}

impl Channel for Scripted {
    fn open(_patience: Duration) -> io::Result<Self> {
        OPENED.with_borrow_mut(|opened| *opened += 1);
        Ok(Self { answer: None, sequence: 0 })
    }

    fn port(&self) -> u32 {
        PORT
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sequence = u32::from_ne_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        let searches = u16::from_ne_bytes([bytes[4], bytes[5]]) == 16;
        self.answer = if searches {
            let payload = [1, 2, 0, 0, 6, 0, 1, 0, FAMILY.to_ne_bytes()[0], 0, 0, 0].to_vec();
            Some(Turn::Say(vec![(16, 0, payload, 0)]))
        } else {
            SCRIPT.with_borrow_mut(VecDeque::pop_front)
        };
        Ok(())
    }

    fn receive(&mut self, into: &mut Datagrams) -> io::Result<()> {
        match self.answer.take() {
            Some(Turn::Say(messages)) => {
                let datagrams: Vec<Vec<u8>> = messages.iter().map(|message| self.frame(message)).collect();
                // Two per call, as the kernel may.
                let (now, later) = messages.split_at(messages.len().min(2));
                into.put(&datagrams[..now.len()]);
                if !later.is_empty() {
                    self.answer = Some(Turn::Say(later.to_vec()));
                }
                Ok(())
            }
            Some(Turn::Fail(errno)) => Err(errno.into()),
            Some(Turn::Silence) | None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Scripted {
    fn frame(&self, (kind, flags, payload, later): &Message) -> Vec<u8> {
        let mut bytes = u32::try_from(16 + payload.len()).unwrap().to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(self.sequence.wrapping_add(*later).to_ne_bytes());
        bytes.extend(PORT.to_ne_bytes());
        bytes.extend(payload);
        bytes
    }
}

fn conversation(script: impl IntoIterator<Item = Turn>) -> Conversation<Scripted> {
    SCRIPT.with_borrow_mut(|turns| *turns = script.into_iter().collect());
    OPENED.with_borrow_mut(|opened| *opened = 0);
    Conversation::open(Duration::from_secs(1)).unwrap()
}

/// A service of this port, in a list.
fn service(port: u16, flags: u16) -> Message {
    let request = Request::AddService(crate::Service::new(key(port), "rr".parse().unwrap()));
    let mut bytes = Vec::new();
    crate::wire::Encoder::new(FAMILY).request(&request, 0, false, &mut bytes);
    (FAMILY, MULTIPART | flags, bytes.split_off(16), 0)
}

fn key(port: u16) -> ServiceKey {
    ServiceKey::address(Protocol::Tcp, "10.0.0.2".parse().unwrap(), port)
}

fn done() -> Message {
    (3, MULTIPART, vec![0; 4], 0)
}

fn answer(errno: i32) -> Vec<u8> {
    let mut payload = (-errno).to_ne_bytes().to_vec();
    payload.extend([0; 16]);
    payload
}

fn ports(conversation: &mut Conversation<Scripted>) -> Result<Vec<u16>, Error> {
    let take = |reply| match reply {
        Reply::Service(entry) => Some(entry),
        _ => None,
    };
    let entries =
        conversation.list(&Question::Services, take, |entry: &ServiceEntry| entry.service.key.clone())?;
    let port = |entry: ServiceEntry| match entry.service.key {
        ServiceKey::Address { port, .. } => port,
        ServiceKey::Mark { .. } => 0,
    };
    Ok(entries.into_iter().map(port).collect())
}

fn opened() -> u32 {
    OPENED.with_borrow(|opened| *opened)
}

#[test]
fn a_list_in_parts_is_one_list() {
    let parts = (1..=7).map(|port| service(port, 0)).chain([done()]).collect();
    let mut conversation = conversation([Turn::Say(parts)]);
    assert_eq!(ports(&mut conversation).unwrap(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(opened(), 1);
}

#[test]
fn a_list_that_changed_is_read_again() {
    let torn = [
        Turn::Say(vec![service(1, NLM_F_DUMP_INTR), done()]),
        Turn::Say(vec![service(1, 0), (3, MULTIPART | NLM_F_DUMP_INTR, vec![0; 4], 0)]),
        Turn::Say(vec![service(1, 0), service(1, 0), done()]),
        Turn::Fail(rustix::io::Errno::NOBUFS),
    ];
    for turn in torn {
        let mut conversation = conversation([turn, Turn::Say(vec![service(1, 0), service(2, 0), done()])]);
        assert_eq!(ports(&mut conversation).unwrap(), [1, 2]);
    }
}

#[test]
fn a_list_that_never_rests_is_an_error() {
    let mut conversation = conversation((0..5).map(|_| Turn::Say(vec![service(1, NLM_F_DUMP_INTR), done()])));
    assert!(matches!(ports(&mut conversation), Err(Error::Torn { attempts: 5, .. })));
}

#[test]
fn silence_is_an_error_and_the_next_call_starts_anew() {
    let mut conversation = conversation([Turn::Silence, Turn::Say(vec![service(1, 0), done()])]);
    assert!(matches!(ports(&mut conversation), Err(Error::Silent { seconds: 1, .. })));
    assert_eq!(ports(&mut conversation).unwrap(), [1]);
    assert_eq!(opened(), 2);
}

#[test]
fn answers_to_somebody_else_are_passed_over() {
    let stale = |message: Message| (message.0, message.1, message.2, 1000);
    let mut conversation =
        conversation([Turn::Say(vec![stale(service(9, 0)), stale(done()), service(1, 0), done()])]);
    assert_eq!(ports(&mut conversation).unwrap(), [1]);
}

#[test]
fn a_list_may_end_in_an_error() {
    let mut refused = done();
    refused.2 = (-1_i32).to_ne_bytes().to_vec();
    let mut conversation = conversation([Turn::Say(vec![service(1, 0), refused])]);
    assert!(matches!(ports(&mut conversation), Err(Error::Refused { refusal, .. }) if refusal.errno == 1));
}

#[test]
fn refusals_are_counted_over_batches() {
    // Sequence numbers in the script count from the first message of the batch.
    let script = [
        Turn::Say(vec![(2, 0, answer(17), 41), (2, 0, answer(0), 99)]),
        Turn::Say(vec![(2, 0, answer(0), 99)]),
        Turn::Say(vec![(2, 0, answer(3), 4)]),
    ];
    let mut conversation = conversation(script);
    let mut refused = Vec::new();
    let requests = (0..205).map(|port| Request::RemoveService(key(port)));
    let count = conversation.apply(requests, |index, error| refused.push((index, error.errno))).unwrap();
    assert_eq!((count, refused), (205, vec![(41, 17), (204, 3)]));
}

#[test]
fn nothing_to_do_sends_nothing() {
    let mut conversation = conversation([]);
    assert_eq!(conversation.apply(Vec::<Request>::new(), |_, _| {}).unwrap(), 0);
}
