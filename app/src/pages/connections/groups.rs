//! Connections counted by group, the directors side by side.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::ClusterId;
use model::connections::{Counted, Group};

use super::{Connections, Found, Names, View, Wanted};
use crate::components::{Column, DataTable, Notice, Tone};
use crate::i18n::{connections as words, grouped, t, use_lang};

/// The table; largest groups first, by the largest count that a director has of it.
pub(super) fn groups(id: ClusterId, page: &Connections, view: View, found: &[(&str, &Found)]) -> AnyView {
    let lang = use_lang();
    let counted: Vec<(&str, u64, &Counted<Group>)> =
        found.iter().filter_map(|(name, found)| Some((*name, found.total, found.groups.first()?))).collect();
    let several = page.looks.len() > 1;
    let mut columns = vec![Column::text(t(label(view)))];
    if several {
        columns.extend(counted.iter().map(|(name, ..)| Column::number(*name)));
    } else {
        columns.extend([Column::number(t(words::COL_CONNECTIONS)), Column::number(t(words::COL_SHARE))]);
    }
    let rows = merged(&counted).into_iter().map(|(group, counts)| {
        let cells = counts.iter().zip(&counted).map(|(count, (_, total, _))| match count {
            None => view! { <td class="num muted" title=t(words::NOT_TOLD)>"–"</td> }.into_any(),
            Some(count) if several => view! { <td class="num">{grouped(*count)}</td> }.into_any(),
            Some(count) => {
                view! { <td class="num">{grouped(*count)}</td><td class="num">{share(*count, *total)}</td> }
                    .into_any()
            }
        });
        let cells = cells.collect_view();
        view! { <tr><td>{named(id, group, view, &page.names, &page.wanted)}</td>{cells}</tr> }
    });
    let rows = rows.collect_view();
    let approximate = counted.iter().filter(|(.., counted)| counted.missed > 0).map(|(name, _, counted)| {
        let text =
            words::GROUPS_APPROXIMATE.with(lang, &[("director", name), ("missed", &grouped(counted.missed))]);
        view! { <Notice tone=Tone::Info text=text/> }
    });
    let most = counted.iter().filter_map(|(.., counted)| Some((counted.distinct?, counted.top.len()))).max();
    let listed = most.filter(|&(all, shown)| all > u64::try_from(shown).unwrap_or(u64::MAX));
    let listed = listed
        .map(|(all, shown)| words::GROUPS_LISTED.with(lang, &[("shown", &shown), ("n", &grouped(all))]));
    view! {
        {approximate.collect_view()}
        <DataTable caption=t(words::GROUPS) columns=columns>{rows}</DataTable>
        {listed.map(|text| view! { <p class="muted under-table">{text}</p> })}
    }
    .into_any()
}

/// Each group with every director's count: `None` where it is not told, since the director told larger ones only.
fn merged<'a>(counted: &[(&str, u64, &'a Counted<Group>)]) -> Vec<(&'a Group, Vec<Option<u64>>)> {
    let nothing = || {
        let of = |(.., counted): &(&str, u64, &Counted<Group>)| {
            let all = counted.distinct == u64::try_from(counted.top.len()).ok();
            all.then_some(0)
        };
        counted.iter().map(of).collect::<Vec<_>>()
    };
    let mut groups: BTreeMap<&Group, Vec<Option<u64>>> = BTreeMap::new();
    for (index, (.., counted)) in counted.iter().enumerate() {
        for (group, count) in &counted.top {
            groups.entry(group).or_insert_with(nothing)[index] = Some(*count);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().flatten().copied().max()));
    groups
}

fn label(view: View) -> crate::i18n::Msg {
    match view {
        View::List | View::Talkers => words::COL_CLIENT,
        View::Networks => words::COL_NETWORK,
        View::Services => words::SERVICE,
        View::Servers => words::COL_DESTINATION,
        View::States => words::STATE,
    }
}

/// A group, which leads to its connections.
fn named(id: ClusterId, group: &Group, view: View, names: &Names, wanted: &Wanted) -> AnyView {
    let list = Wanted { view: String::new(), ..wanted.clone() };
    let (text, called, to) = match group {
        Group::Client(network) if view == View::Networks => {
            let client = network.to_string();
            let talkers = Wanted { view: View::Talkers.word().into(), ..wanted.clone() };
            (client.clone(), None, Some(Wanted { client, ..talkers }))
        }
        Group::Client(network) => {
            let client = network.addr().to_string();
            (client.clone(), None, Some(Wanted { client, ..list }))
        }
        Group::Service(service) => match names.service(*service) {
            Some(name) => {
                let to = Wanted { service: name.to_owned(), ..list };
                return view! { <a href=to.href(id)>{name.to_owned()}</a> }.into_any();
            }
            None => (format!("#{service}"), None, None),
        },
        Group::Address(protocol, address) => {
            (format!("{} {address}", protocol.name().to_uppercase()), None, None)
        }
        Group::Server(server) => {
            let name = names.server(server.to_canonical()).map(str::to_owned);
            (server.to_string(), name, Some(Wanted { server: server.to_string(), ..list }))
        }
        Group::State(state) => (state.clone(), None, Some(Wanted { state: state.clone(), ..list })),
    };
    let called = called.map(|name| view! { <span class="called" title=name>{name.clone()}</span> });
    match to {
        Some(to) => view! { <a class="mono" href=to.href(id)>{text}</a>{called} }.into_any(),
        None => view! { <span class="mono">{text}</span>{called} }.into_any(),
    }
}

/// In percent, with one decimal.
fn share(count: u64, total: u64) -> String {
    let thousandths = u128::from(count) * 1_000 / u128::from(total.max(1));
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(counts: &[(&str, u64)], distinct: Option<u64>) -> Counted<Group> {
        let top = counts.iter().map(|(state, count)| (Group::State((*state).to_owned()), *count));
        Counted { top: top.collect(), distinct, missed: u64::from(distinct.is_none()) }
    }

    #[test]
    fn directors_stand_side_by_side_and_what_is_not_told_is_not_zero() {
        let one = states(&[("ESTABLISHED", 5), ("TIME_WAIT", 2)], Some(2));
        let cut = states(&[("TIME_WAIT", 9)], Some(4));
        let merged = merged(&[("vs1", 7, &one), ("vs2", 12, &cut)]);
        let counts: Vec<_> = merged.iter().map(|(_, counts)| counts.clone()).collect();
        assert_eq!(counts, [vec![Some(2), Some(9)], vec![Some(5), None]]);
        let about = states(&[("UDP", 9)], None);
        assert_eq!(super::merged(&[("vs1", 7, &one), ("vs2", 9, &about)])[0].1, [Some(0), Some(9)]);
    }

    #[test]
    fn shares_have_one_decimal() {
        assert_eq!((share(1, 3), share(0, 0), share(7, 7)), ("33.3".into(), "0.0".into(), "100.0".into()));
    }
}
