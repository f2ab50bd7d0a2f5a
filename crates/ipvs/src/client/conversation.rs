//! Questions and answers, whatever carries them.

use super::channel::{Channel, Datagrams};
use crate::batch::Batch;
use crate::wire::{Encoder, Frame, Meaning, Question, Reply, frames};
use crate::{Error, KernelError, Malformed, Request};
use rustix::io::Errno;
use std::borrow::Borrow;
use std::io;
use std::time::Duration;

/// How often a list that changed while it was read, or lost a part, is read again.
const ATTEMPTS: u32 = 5;

/// A conversation over one channel, which is replaced after anything that leaves it in an unknown state.
#[derive(Debug)]
pub(super) struct Conversation<C> {
    channel: C,
    encoder: Encoder,
    patience: Duration,
    sequence: u32,
    datagrams: Datagrams,
    /// Answers to a question nobody waits for any more may still be under way.
    stale: bool,
}

/// Why a list has to be read again.
enum Spoilt {
    /// It may be complete the next time.
    Torn(&'static str),
    /// It will not.
    Failed(Error),
}

impl<C: Channel> Conversation<C> {
    /// Opens a channel and finds the family.
    pub(super) fn open(patience: Duration) -> Result<Self, Error> {
        let mut conversation = Self {
            channel: open(patience)?,
            encoder: Encoder::new(0),
            patience,
            sequence: 0,
            datagrams: Datagrams::default(),
            stale: false,
        };
        conversation.find_family()?;
        Ok(conversation)
    }

    fn find_family(&mut self) -> Result<(), Error> {
        let family = match self.question(&Question::Family, Reply::parse_family) {
            Err(Error::Refused { refusal, .. }) if refusal.errno == Errno::NOENT.raw_os_error() => {
                return Err(Error::NoIpvs);
            }
            other => other?,
        };
        self.encoder = Encoder::new(family);
        Ok(())
    }

    /// Leaves an unknown state behind.
    fn refresh(&mut self) -> Result<(), Error> {
        if self.stale {
            self.channel = open(self.patience)?;
            self.stale = false;
            // A module that was reloaded has another number.
            self.find_family()?;
        }
        Ok(())
    }

    /// A question with one answer.
    pub(super) fn ask(&mut self, question: &Question) -> Result<Reply, Error> {
        self.refresh()?;
        self.question(question, Reply::parse)
    }

    fn question<T>(
        &mut self,
        question: &Question,
        read: fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Error> {
        let doing = question.doing();
        let sequence = self.next(1);
        let mut bytes = Vec::with_capacity(128);
        self.encoder.question(question, sequence, &mut bytes);
        self.send(&bytes, doing)?;
        self.until(doing, |frame| match frame.meaning {
            _ if frame.sequence != sequence => None,
            Meaning::Data { payload, .. } => Some(read(payload).map_err(Error::from)),
            Meaning::Refused(refusal) => Some(Err(Error::Refused { doing, refusal })),
            Meaning::Overrun => Some(Err(Error::Torn { doing, attempts: 1, why: "answers were lost" })),
            Meaning::Done(_) | Meaning::Acknowledged | Meaning::Noop => None,
        })?
    }

    /// A question whose answer is a list. `key` tells entries apart: one that comes twice shows that the list moved while it was
    /// read, which this family does not say by itself.
    pub(super) fn list<T, K: Ord>(
        &mut self,
        question: &Question,
        take: fn(Reply) -> Option<T>,
        key: fn(&T) -> K,
    ) -> Result<Vec<T>, Error> {
        let mut why = "";
        for _ in 0..ATTEMPTS {
            self.refresh()?;
            match self.list_once(question, take) {
                Ok(list) if repeats(&list, key) => why = "entries came twice",
                Ok(list) => return Ok(list),
                Err(Spoilt::Torn(reason)) => {
                    why = reason;
                    self.stale = true;
                }
                Err(Spoilt::Failed(error)) => return Err(error),
            }
        }
        Err(Error::Torn { doing: question.doing(), attempts: ATTEMPTS, why })
    }

    fn list_once<T>(&mut self, question: &Question, take: fn(Reply) -> Option<T>) -> Result<Vec<T>, Spoilt> {
        let doing = question.doing();
        let sequence = self.next(1);
        let mut bytes = Vec::with_capacity(128);
        self.encoder.question(question, sequence, &mut bytes);
        self.send(&bytes, doing).map_err(Spoilt::Failed)?;
        let mut list = Vec::new();
        let mut torn = None;
        let ended = self.until(doing, |frame| {
            if frame.sequence != sequence {
                return None;
            }
            if frame.interrupted {
                torn = Some("it changed while it was read");
            }
            match frame.meaning {
                Meaning::Data { payload, .. } => match Reply::parse(payload) {
                    Ok(reply) => {
                        list.extend(take(reply));
                        None
                    }
                    Err(error) => Some(Err(Spoilt::Failed(error.into()))),
                },
                Meaning::Done(None) => Some(Ok(())),
                Meaning::Done(Some(refusal)) if refusal.errno == Errno::INTR.raw_os_error() => {
                    Some(Err(Spoilt::Torn("it changed while it was read")))
                }
                Meaning::Done(Some(refusal)) | Meaning::Refused(refusal) => {
                    Some(Err(Spoilt::Failed(Error::Refused { doing, refusal })))
                }
                Meaning::Overrun => Some(Err(Spoilt::Torn("answers were lost"))),
                Meaning::Acknowledged | Meaning::Noop => None,
            }
        });
        match ended {
            Ok(ended) => ended.inspect_err(|_| self.stale = true)?,
            Err(Error::Socket { source, .. })
                if source.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) =>
            {
                return Err(Spoilt::Torn("answers were lost"));
            }
            Err(error) => return Err(Spoilt::Failed(error)),
        }
        torn.map_or(Ok(list), |why| Err(Spoilt::Torn(why)))
    }

    /// Carries requests out and tells which were refused, by their place; how many there were.
    pub(super) fn apply<R: Borrow<Request>>(
        &mut self,
        requests: impl IntoIterator<Item = R>,
        mut refused: impl FnMut(usize, KernelError),
    ) -> Result<usize, Error> {
        const DOING: &str = "change the table of IPVS";
        let mut requests = requests.into_iter().peekable();
        let mut batch = Batch::default();
        let mut done: usize = 0;
        while requests.peek().is_some() {
            self.refresh()?;
            batch.fill(self.encoder, &mut requests, self.sequence.wrapping_add(1));
            self.next(batch.len());
            self.send(&batch.bytes, DOING)?;
            self.until(DOING, |frame| batch.take(frame).then_some(()))?;
            for (index, error) in batch.refusals() {
                refused(done.saturating_add(usize::try_from(index).unwrap_or(usize::MAX)), error);
            }
            done = done.saturating_add(usize::try_from(batch.len()).unwrap_or(usize::MAX));
        }
        Ok(done)
    }

    /// Takes sequence numbers; the last one of them.
    fn next(&mut self, count: u32) -> u32 {
        self.sequence = self.sequence.wrapping_add(count);
        self.sequence
    }

    fn send(&mut self, bytes: &[u8], doing: &'static str) -> Result<(), Error> {
        let sent = self.channel.send(bytes);
        sent.map_err(|source| {
            self.stale = true;
            Error::Socket { doing, source }
        })
    }

    /// Hands every message for this end to `take` until it has what it waits for.
    fn until<T>(
        &mut self,
        doing: &'static str,
        mut take: impl FnMut(Frame<'_>) -> Option<T>,
    ) -> Result<T, Error> {
        // Until the end is reached, this conversation is in the middle of something.
        self.stale = true;
        loop {
            self.channel.receive(&mut self.datagrams).map_err(|source| self.failed(doing, source))?;
            let mut found = None;
            for datagram in self.datagrams.iter() {
                for frame in frames(datagram) {
                    let frame = frame?;
                    if frame.port == self.channel.port() && found.is_none() {
                        found = take(frame);
                    }
                }
            }
            if let Some(found) = found {
                self.stale = false;
                return Ok(found);
            }
        }
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Error::Silent { doing, seconds: self.patience.as_secs() }
            }
            _ => Error::Socket { doing, source },
        }
    }
}

fn open<C: Channel>(patience: Duration) -> Result<C, Error> {
    C::open(patience).map_err(|source| Error::Socket { doing: "open a netlink socket", source })
}

fn repeats<T, K: Ord>(list: &[T], key: fn(&T) -> K) -> bool {
    let mut keys: Vec<K> = list.iter().map(key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
