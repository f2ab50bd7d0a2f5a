//! Collects the report while a file is converted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use model::{Device, HostAddress, Name, PrefixLength};

use crate::lvscf::place::{BlockPlaces, Keys, ServerPlaces};
use crate::lvscf::text::Text;
use crate::lvscf::values::{Real, Virtual};
use crate::report::{Loss, LossReason, LossReport, Severity, Subject};

pub(super) struct Context {
    pub(super) report: LossReport,
    last_id: u32,
}

/// The names of one kind that are given already.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<Name>,
    next: BTreeMap<Name, u32>,
}

/// The part of a file that is being converted.
pub(super) struct About<'c, 'p> {
    context: &'c mut Context,
    subject: Subject,
    keys: &'p Keys,
    head: usize,
}

impl Context {
    pub(super) fn new() -> Self {
        Self { report: LossReport::default(), last_id: 0 }
    }

    pub(super) fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn finish(mut self) -> LossReport {
        self.report.sort();
        self.report
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        line: usize,
        subject: Subject,
        keyword: Option<&'static str>,
        value: String,
        reason: LossReason,
    ) {
        let keyword = keyword.map(Cow::Borrowed);
        self.report.entries.push(Loss { severity, line, subject, keyword, value, reason });
    }

    pub(super) fn whole(&mut self, severity: Severity, line: usize, reason: LossReason) {
        self.add(severity, line, Subject::Whole, None, String::new(), reason);
    }

    pub(super) fn global<'p>(&mut self, keys: &'p Keys) -> About<'_, 'p> {
        About { context: self, subject: Subject::Whole, keys, head: 0 }
    }

    pub(super) fn service<'p>(&mut self, block: &Virtual, places: &'p BlockPlaces) -> About<'_, 'p> {
        let subject = Subject::Service { name: block.name.to_lossy() };
        About { context: self, subject, keys: &places.keys, head: places.head.line }
    }

    pub(super) fn server<'p>(
        &mut self,
        block: &Virtual,
        real: &Real,
        places: &'p ServerPlaces,
    ) -> About<'_, 'p> {
        let subject = Subject::Server { service: block.name.to_lossy(), name: real.name.to_lossy() };
        About { context: self, subject, keys: &places.keys, head: places.head.line }
    }
}

impl About<'_, '_> {
    pub(super) fn is_set(&self, keyword: &str) -> bool {
        self.keys.contains_key(keyword)
    }

    pub(super) fn lost(&mut self, keyword: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::NotTakenOver, keyword, value, reason);
    }

    pub(super) fn changed(&mut self, keyword: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::Changed, keyword, value, reason);
    }

    pub(super) fn wrong(&mut self, keyword: Option<&'static str>, value: String, reason: LossReason) {
        self.add(Severity::LooksWrong, keyword, value, reason);
    }

    fn add(&mut self, severity: Severity, keyword: Option<&'static str>, value: String, reason: LossReason) {
        let place = keyword.and_then(|keyword| self.keys.get(keyword)).and_then(|places| places.last());
        let line = place.map_or(self.head, |place| place.line);
        self.context.add(severity, line, self.subject.clone(), keyword, value, reason);
    }

    /// The address, if it is set and a host can have it.
    pub(super) fn address(&mut self, keyword: &'static str, address: Ipv4Addr) -> Option<HostAddress> {
        if address.is_unspecified() {
            return None;
        }
        let host = HostAddress::try_new(IpAddr::V4(address));
        if host.is_err() {
            self.lost(Some(keyword), address.to_string(), LossReason::NotAHostAddress);
        }
        host.ok()
    }

    /// The mask, if it is set and its one-bits come first.
    pub(super) fn mask(&mut self, keyword: &'static str, mask: Ipv4Addr) -> Option<PrefixLength> {
        if mask.is_unspecified() {
            return None;
        }
        let prefix = PrefixLength::parse(&mask.to_string());
        if prefix.is_err() {
            self.lost(Some(keyword), mask.to_string(), LossReason::NotANetmask);
        }
        prefix.ok()
    }

    pub(super) fn device(&mut self, keyword: &'static str, device: &Text) -> Option<Device> {
        // Exactly as it stands: the model would drop blanks around it.
        let parsed = device
            .as_str()
            .and_then(|text| Device::parse(text).ok())
            .filter(|parsed| device.as_str() == Some(parsed.as_str()));
        if parsed.is_none() {
            self.lost(Some(keyword), device.to_lossy(), LossReason::NotADevice);
        }
        parsed
    }

    /// A name that is possible and not in `taken`, which it joins.
    pub(super) fn name(&mut self, text: &Text, taken: &mut Names, fallback: &str) -> Option<Name> {
        let wanted = text
            .as_str()
            .and_then(|text| Name::parse(text).ok())
            .filter(|name| text.as_str() == Some(name.as_str()));
        let possible = wanted.is_some();
        let name = wanted.or_else(|| cleaned(text)).or_else(|| Name::parse(fallback).ok())?;
        let free = taken.free(&name)?;
        let used = free.to_string();
        if !possible {
            self.changed(None, text.to_lossy(), LossReason::NameNotPossible { used });
        } else if free != name {
            self.wrong(None, text.to_lossy(), LossReason::DuplicateName { used });
        }
        Some(free)
    }
}

/// Every character that a name cannot have becomes `_`, and the end is cut off.
fn cleaned(text: &Text) -> Option<Name> {
    let lossy = text.to_lossy();
    let cleaned: String = lossy
        .trim()
        .chars()
        .take(Name::MAX)
        .map(|character| {
            if Name::parse(character.encode_utf8(&mut [0; 4])).is_ok() || character == ' ' {
                character
            } else {
                '_'
            }
        })
        .collect();
    Name::parse(&cleaned).ok()
}

impl Names {
    /// Takes `web`, or the first that is free of `web-2`, `web-3` …
    fn free(&mut self, name: &Name) -> Option<Name> {
        if self.taken.insert(name.clone()) {
            return Some(name.clone());
        }
        // Counting goes on where it ended: a file of equal names must not take the square of its length.
        let next = self.next.entry(name.clone()).or_insert(2);
        loop {
            let suffix = format!("-{next}");
            *next = next.checked_add(1)?;
            let stem: String = name.as_str().chars().take(Name::MAX - suffix.chars().count()).collect();
            if let Ok(candidate) = Name::parse(&format!("{stem}{suffix}"))
                && self.taken.insert(candidate.clone())
            {
                return Some(candidate);
            }
        }
    }
}
