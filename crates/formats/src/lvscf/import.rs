//! An `lvs.cf` to a cluster.
//!
//! What was live stays live, what cannot be kept is reported, and what is plainly wrong (a port of 99999) is taken over inactive
//! rather than guessed at.

mod check;
mod context;
mod global;
mod server;
mod service;

use std::collections::BTreeMap;

use model::{Cluster, DestinationId, Name, ServiceId, VirtualService};

use self::context::Context;
use super::diagnostic::Diagnostic;
use super::parse::{Parsed, parse};
use super::place::{BlockPlaces, Keys, OddityKind, Place};
use crate::assemble::assemble;
use crate::report::{LossReason, LossReport, Severity, Subject};

/// A cluster with the report of what it does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The cluster, a draft: nothing about it is applied.
    pub cluster: Cluster,
    /// What was not taken over, changed, or looks wrong; in the order of the file.
    pub report: LossReport,
}

/// Reads a file and makes a cluster of it. The file has no name for the cluster, so the caller gives one.
///
/// Of a file with CR-LF line ends Piranha reads the first line alone. Nobody who hands in such a file means that: all of it is
/// taken over, and the report says so. If the rest has a fault, only what Piranha reads is taken over.
///
/// # Errors
/// Where [`parse`] refuses the file.
pub fn import(source: &[u8], name: Name) -> Result<Imported, Diagnostic> {
    let parsed = parse(source)?;
    let unread = unread_lines(&parsed).count();
    if unread > 0
        && source.contains(&b'\r')
        && let Ok(whole) = parse(&with_plain_line_ends(source))
    {
        let mut context = Context::new();
        context.whole(Severity::Changed, 0, LossReason::LineEnds { unread });
        return Ok(convert(&whole, name, context));
    }
    Ok(convert(&parsed, name, Context::new()))
}

fn unread_lines(parsed: &Parsed) -> impl Iterator<Item = &Place> {
    parsed
        .oddities
        .iter()
        .filter(|oddity| matches!(oddity.kind, OddityKind::UnreadLine(_)))
        .map(|oddity| &oddity.place)
}

fn with_plain_line_ends(source: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(source.len());
    for (index, byte) in source.iter().enumerate() {
        match byte {
            b'\r' if source.get(index + 1) == Some(&b'\n') => {}
            b'\r' => plain.push(b'\n'),
            other => plain.push(*other),
        }
    }
    plain
}

fn convert(parsed: &Parsed, name: Name, mut context: Context) -> Imported {
    oddities(parsed, &mut context);
    set_twice(parsed, &mut context);
    let settings = global::settings(parsed, &mut context);
    let redundancy = global::redundancy(parsed, &mut context);
    global::not_taken_over(parsed, &mut context);

    let mut services = BTreeMap::new();
    let mut taken = service::Taken::default();
    for (block, places) in parsed.values.virtuals.iter().zip(&parsed.places.virtuals) {
        if services.len() >= Cluster::MAX_SERVICES {
            context.service(block, places).lost(None, String::new(), LossReason::TooMany);
            continue;
        }
        if let Some(service) = service::convert(block, places, settings.forwarding, &mut taken, &mut context)
        {
            services.insert(ServiceId(context.next_id()), service.numbered(&mut context));
        }
    }
    for (block, places) in parsed.values.failovers.iter().zip(&parsed.places.failovers) {
        let subject = Subject::Failover { name: block.name.to_lossy() };
        context.add(
            Severity::NotTakenOver,
            places.head.line,
            subject,
            None,
            String::new(),
            LossReason::FailoverService,
        );
    }
    let cluster = assemble(name, settings, redundancy, services, &mut context.report);
    Imported { cluster, report: context.finish() }
}

fn oddities(parsed: &Parsed, context: &mut Context) {
    let count = unread_lines(parsed).count();
    if let Some(first) = unread_lines(parsed).next() {
        context.whole(Severity::LooksWrong, first.line, LossReason::UnreadLines { count });
    }
    for oddity in &parsed.oddities {
        let (severity, reason) = match oddity.kind {
            OddityKind::UnreadLine(_) => continue,
            OddityKind::MissingBrace => (Severity::LooksWrong, LossReason::MissingBrace),
            OddityKind::WordsAfterBrace | OddityKind::WordsDropped => {
                (Severity::LooksWrong, LossReason::WordsIgnored)
            }
            OddityKind::UnclosedQuoteDropped => (Severity::LooksWrong, LossReason::QuoteNotClosed),
            OddityKind::UnclosedQuoteEndsBlock => (Severity::LooksWrong, LossReason::QuoteEndedBlock),
            OddityKind::BadPersistenceMask => (Severity::NotTakenOver, LossReason::NotANetmask),
        };
        let subject = subject_at(parsed, oddity.place.span.start);
        let keyword = (oddity.kind == OddityKind::BadPersistenceMask).then_some("pmask");
        context.add(severity, oddity.place.line, subject, keyword, String::new(), reason);
    }
}

/// The block in which a byte of the file stands.
fn subject_at(parsed: &Parsed, at: usize) -> Subject {
    let before = |head: &Place| head.span.start <= at;
    let last = |places: &[BlockPlaces]| places.partition_point(|block| before(&block.head)).checked_sub(1);
    let (values, places) = (&parsed.values, &parsed.places);
    let begins = |places: &[BlockPlaces], index: Option<usize>| {
        index.and_then(|index| places.get(index)).map(|block| block.head.span.start)
    };
    let (service, failover) = (last(&places.virtuals), last(&places.failovers));
    if begins(&places.failovers, failover) > begins(&places.virtuals, service) {
        let block = failover.and_then(|index| values.failovers.get(index));
        return block.map_or(Subject::Whole, |block| Subject::Failover { name: block.name.to_lossy() });
    }
    let block = service.and_then(|index| values.virtuals.get(index).zip(places.virtuals.get(index)));
    let Some((block, places)) = block else { return Subject::Whole };
    let server = places.servers.partition_point(|server| before(&server.head)).checked_sub(1);
    match server.and_then(|index| block.servers.get(index)) {
        Some(real) => Subject::Server { service: block.name.to_lossy(), name: real.name.to_lossy() },
        None => Subject::Service { name: block.name.to_lossy() },
    }
}

fn set_twice(parsed: &Parsed, context: &mut Context) {
    let mut report = |subject: &Subject, keys: &Keys| {
        for (keyword, places) in keys {
            let Some((last, earlier)) = places.split_last() else { continue };
            for place in earlier {
                let reason = LossReason::SetTwice { counts: last.line };
                context.add(
                    Severity::LooksWrong,
                    place.line,
                    subject.clone(),
                    Some(keyword),
                    String::new(),
                    reason,
                );
            }
        }
    };
    report(&Subject::Whole, &parsed.places.global);
    for (block, places) in parsed.values.virtuals.iter().zip(&parsed.places.virtuals) {
        let service = block.name.to_lossy();
        report(&Subject::Service { name: service.clone() }, &places.keys);
        for (real, places) in block.servers.iter().zip(&places.servers) {
            report(&Subject::Server { service: service.clone(), name: real.name.to_lossy() }, &places.keys);
        }
    }
}

impl service::Unnumbered {
    /// One sequence of ids for services and destinations, in the order of the file.
    fn numbered(self, context: &mut Context) -> VirtualService {
        let destinations = self
            .destinations
            .into_iter()
            .map(|destination| (DestinationId(context.next_id()), destination))
            .collect();
        VirtualService { settings: self.settings, destinations }
    }
}
