//! Searching, sorting and paging the list of a virtual service's real servers.

use std::cmp::Ordering;

use app::components::Listing;
use app::pages::servers::ServerRow;
use app::pages::services::DraftMark;
use model::{Destination, DestinationId, Note, VirtualService};

use crate::http::pages::paging::Wanted;

/// A real server with its id.
type Entry<'a> = (&'a DestinationId, &'a Destination);

/// The part of the list at `base` that the address asks for; marked is what differs from what is applied.
pub(super) fn part(
    base: String,
    service: &VirtualService,
    applied: Option<&VirtualService>,
    wanted: Wanted,
) -> (Vec<ServerRow>, Listing) {
    let words = wanted.words();
    let all = service.destinations.len();
    let found = service.destinations.iter().filter(|(_, destination)| matches(destination, &words));
    let mut found: Vec<Entry<'_>> = found.collect();
    let is_sorted = sort(&mut found, wanted.order());
    let (rows, listing) = wanted.part(base, found, all, is_sorted);
    (rows.into_iter().map(|entry| row(entry, applied)).collect(), listing)
}

/// Whether every word occurs in its name, address, port or note.
fn matches(destination: &Destination, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let note = destination.note.as_ref().map(Note::as_str).unwrap_or_default();
    let text = format!("{} {} {note}", destination.name, destination.socket()).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

/// Sorts, equal ones in the order of their creation; an unknown word sorts nothing.
fn sort(found: &mut [Entry<'_>], (word, down): (&str, bool)) -> bool {
    let by: fn(&Destination, &Destination) -> Ordering = match word {
        "status" => |a, b| b.active.cmp(&a.active),
        "name" => |a, b| a.name.as_str().to_lowercase().cmp(&b.name.as_str().to_lowercase()),
        "address" => |a, b| (a.address, a.port).cmp(&(b.address, b.port)),
        "weight" => |a, b| a.weight.cmp(&b.weight),
        // Those that do as the cluster does come first.
        "forwarding" => |a, b| a.forwarding.cmp(&b.forwarding),
        _ => return false,
    };
    found.sort_by(|(_, a), (_, b)| if down { by(b, a) } else { by(a, b) });
    true
}

fn row((&id, destination): Entry<'_>, applied: Option<&VirtualService>) -> ServerRow {
    let mark = applied.and_then(|applied| match applied.destinations.get(&id) {
        None => Some(DraftMark::New),
        Some(before) if before != destination => Some(DraftMark::Edited),
        Some(_) => None,
    });
    ServerRow { id, destination: destination.clone(), mark }
}

#[cfg(test)]
mod tests {
    use model::input::{DestinationInput, ServiceInput};
    use model::{Check, Weight};

    use super::*;

    fn service(count: u32) -> VirtualService {
        let input = ServiceInput { name: "web".into(), address: "192.0.2.1".into(), ..ServiceInput::new() };
        let settings = input.parse(Check::Connect).unwrap();
        let destinations = (1..=count).map(|n| {
            let input = DestinationInput {
                server_name: format!("real{n:03}"),
                server_address: format!("10.0.{}.{}", n / 250, n % 250 + 1),
                weight: (n % 7).to_string(),
                ..DestinationInput::new()
            };
            (DestinationId(n), input.parse().unwrap())
        });
        VirtualService { settings, destinations: destinations.collect() }
    }

    fn get(q: &str, sort: &str) -> (Vec<ServerRow>, Listing) {
        let wanted = Wanted { q: q.into(), sort: sort.into(), ..Wanted::default() };
        part("/x".into(), &service(150), Some(&service(149)), wanted)
    }

    #[test]
    fn hundreds_are_searched_sorted_and_paged() {
        let (rows, listing) = get("", "-name");
        assert_eq!((rows.len(), listing.matching, rows[0].destination.name.as_str()), (100, 150, "real150"));
        assert_eq!((rows[0].mark, rows[1].mark), (Some(DraftMark::New), None));
        let (rows, _) = get("REAL 10.0.0.8", "");
        assert_eq!(rows.len(), 11, "10.0.0.8 and 10.0.0.80 to 10.0.0.89");
        let (rows, _) = get("", "address");
        assert!(rows.is_sorted_by_key(|row| row.destination.address));
        let (rows, _) = get("", "-weight");
        assert_eq!(rows[0].destination.weight, Weight::parse("6").unwrap());
        assert_eq!(get("nowhere", "nonsense").1.sort, "");
    }
}
