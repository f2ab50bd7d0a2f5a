//! Tells the network about addresses: all those of one list of steps together.

use std::collections::BTreeMap;

use super::packet::Sender;
use crate::surroundings::announce::TIMES;
use crate::surroundings::{Link, Place};

/// The addresses that were told, to be told again.
#[derive(Default)]
pub(super) struct Announcements {
    sender: Option<Sender>,
    told: Vec<(u32, [u8; 6], Place)>,
}

impl Announcements {
    /// Tells of `place`, once; else why not.
    pub(super) fn tell(&mut self, place: &Place, links: &BTreeMap<String, Link>) -> Result<(), String> {
        let link = links.get(&place.device).filter(|link| link.hears());
        let Some(Link { index, mac: Some(mac), .. }) = link else {
            return Err(format!("nobody hears on {}; it is announced once somebody does", place.device));
        };
        let failed = |error: std::io::Error| {
            format!("{error}; neighbours find out where the address is when their caches expire")
        };
        let sender = match self.sender.take() {
            Some(sender) => sender,
            None => Sender::open().map_err(failed)?,
        };
        let sent = sender.announce(*index, *mac, place.address);
        self.sender = Some(sender);
        sent.map_err(failed)?;
        self.told.push((*index, *mac, place.clone()));
        Ok(())
    }

    /// Tells of them again, as often as is due. Nobody waits for it.
    pub(super) fn repeat(self) {
        let Self { sender: Some(sender), told } = self else { return };
        if told.is_empty() {
            return;
        }
        tokio::spawn(async move {
            let begun = tokio::time::Instant::now();
            for &at in &TIMES[1..] {
                tokio::time::sleep_until(begun + at).await;
                for (index, mac, place) in &told {
                    // The interface may be gone by now, and the address with it.
                    let _sent = sender.announce(*index, *mac, place.address);
                }
            }
        });
    }
}
