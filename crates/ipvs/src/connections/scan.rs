//! Reading the file row by row, in bounded memory.

use super::{Connection, Filter};
use std::io::{self, ErrorKind, Read};

/// The kernel hands out a page per read; a row has some eighty bytes, with engine data some hundred more.
const BUFFER: usize = 64 * 1024;

/// What was seen of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scan {
    /// Connections read.
    pub rows: u64,
    /// How many of them matched.
    pub matched: u64,
    /// Lines that were no connection in any known form, without the heading.
    pub unreadable: u64,
    /// Whether the end was reached, and not the deadline.
    pub complete: bool,
}

/// Hands every connection that matches to `each` until the source ends or `time_is_up`, which is asked after every read.
///
/// # Errors
/// Where the source cannot be read.
pub fn scan(
    mut source: impl Read,
    filter: &Filter,
    mut time_is_up: impl FnMut() -> bool,
    mut each: impl FnMut(Connection<&str>),
) -> io::Result<Scan> {
    let mut scan = Scan::default();
    let mut buffer = vec![0; BUFFER];
    // Bytes of a row that is not complete yet; whether it is so long that its beginning was dropped.
    let (mut filled, mut overlong) = (0, false);
    loop {
        let read = match source.read(&mut buffer[filled..]) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = filled + read;
        let mut start = 0;
        while let Some(length) = buffer[start..end].iter().position(|byte| *byte == b'\n') {
            let line = &buffer[start..start + length];
            start += length + 1;
            if std::mem::take(&mut overlong) {
                scan.unreadable += 1;
            } else {
                take(line, filter, &mut scan, &mut each);
            }
        }
        if read == 0 {
            if start < end {
                take(&buffer[start..end], filter, &mut scan, &mut each);
            }
            scan.complete = true;
            return Ok(scan);
        }
        buffer.copy_within(start..end, 0);
        filled = end - start;
        if filled == BUFFER {
            (filled, overlong) = (0, true);
        }
        if time_is_up() {
            return Ok(scan);
        }
    }
}

fn take(line: &[u8], filter: &Filter, scan: &mut Scan, each: &mut impl FnMut(Connection<&str>)) {
    match Connection::parse(line) {
        Some(connection) => {
            scan.rows += 1;
            if filter.admits(&connection) {
                scan.matched += 1;
                each(connection);
            }
        }
        None if line.starts_with(b"Pro ") => {}
        None => scan.unreadable += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::{Endpoint, Network};

    const HEADING: &str = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

    fn table(rows: u32) -> String {
        let row = |n: u32| {
            format!("TCP 0A01{n:04X} 9A2A 0A000002 0050 C0A80A{:02X} 0050 ESTABLISHED     899\n", n % 2)
        };
        HEADING.to_owned() + &(0..rows).map(row).collect::<String>()
    }

    /// Hands out a few bytes at a time, as a pipe may.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(buffer.len()).min(self.1);
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[test]
    fn rows_are_found_however_the_bytes_come() {
        let text = table(3000);
        for piece in [1, 7, 4096, usize::MAX] {
            let mut seen = 0;
            let scan =
                scan(Dribble(text.as_bytes(), piece), &Filter::default(), || false, |_| seen += 1).unwrap();
            assert_eq!(scan, Scan { rows: 3000, matched: 3000, unreadable: 0, complete: true }, "{piece}");
            assert_eq!(seen, 3000);
        }
    }

    #[test]
    fn filters_count_what_matches() {
        let client = Network { address: "10.1.0.0".parse().unwrap(), prefix: 24 };
        let server = Endpoint { address: "192.168.10.1".parse().unwrap(), port: Some(80) };
        let filter = Filter { client: Some(client), destination: Some(server), ..Filter::default() };
        let scan = scan(table(3000).as_bytes(), &filter, || false, |_| {}).unwrap();
        assert_eq!((scan.rows, scan.matched), (3000, 128));
    }

    #[test]
    fn the_deadline_ends_it_and_is_told() {
        let text = table(3000);
        let mut left = 3;
        let time_is_up = || {
            left -= 1;
            left == 0
        };
        let scan = scan(Dribble(text.as_bytes(), 4096), &Filter::default(), time_is_up, |_| {}).unwrap();
        assert!(!scan.complete && scan.rows > 0 && scan.rows < 3000, "{scan:?}");
    }

    #[test]
    fn endless_lines_cost_no_memory() {
        let text = "x".repeat(3 * BUFFER) + "\n" + &table(2) + "last";
        let scan = scan(text.as_bytes(), &Filter::default(), || false, |_| {}).unwrap();
        assert_eq!(scan, Scan { rows: 2, matched: 2, unreadable: 2, complete: true });
    }
}
