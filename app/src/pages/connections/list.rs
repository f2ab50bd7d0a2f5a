//! Connections one by one, of all directors in one table that names the director.

use leptos::prelude::*;
use model::ClusterId;
use model::connections::Connection;

use super::{Connections, Found, Names, Wanted};
use crate::components::{Column, DataTable};
use crate::i18n::{connections as words, grouped, t, use_lang};

/// The table, and how much of what matches it lists.
pub(super) fn list(id: ClusterId, page: &Connections, found: &[(&str, &Found)]) -> AnyView {
    let lang = use_lang();
    let named = page.looks.len() > 1;
    let mut rows: Vec<(&str, &Connection)> =
        found.iter().flat_map(|(director, found)| found.rows.iter().map(|row| (*director, row))).collect();
    rows.sort_by_key(|&(director, row)| (row, director));
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let all = found.iter().map(|(_, found)| found.total).sum();
    let listed =
        (shown < all).then(|| words::LISTED.with(lang, &[("shown", &grouped(shown)), ("n", &grouped(all))]));
    let mut columns = vec![
        Column::text(t(words::PROTOCOL)),
        Column::text(t(words::COL_CLIENT)),
        Column::text(t(words::COL_VIRTUAL)),
        Column::text(t(words::COL_DESTINATION)),
        Column::text(t(words::STATE)),
        Column::number(t(words::COL_EXPIRES)),
    ];
    if named {
        columns.insert(0, Column::text(t(words::DIRECTOR)));
    }
    let rows = rows.into_iter().map(|(director, row)| {
        let director = named.then(|| view! { <td>{director.to_owned()}</td> });
        self::row(id, director.map(IntoAny::into_any), row, &page.names, &page.wanted)
    });
    let rows = rows.collect_view();
    view! {
        <DataTable caption=t(words::TABLE) columns=columns>{rows}</DataTable>
        {listed.map(|text| view! { <p class="muted under-table">{text}</p> })}
    }
    .into_any()
}

fn row(
    id: ClusterId,
    director: Option<AnyView>,
    row: &Connection,
    names: &Names,
    wanted: &Wanted,
) -> AnyView {
    let client = Wanted { client: row.client.ip().to_string(), ..wanted.clone() };
    let service = row.service.and_then(|id| names.service(id)).map(|name| {
        let to = Wanted { service: name.to_owned(), ..wanted.clone() };
        view! { <a class="called" href=to.href(id) title=name.to_owned()>{name.to_owned()}</a> }
    });
    let server = names.server(row.destination.ip().to_canonical()).map(|name| {
        let to = Wanted { server: row.destination.ip().to_string(), ..wanted.clone() };
        view! { <a class="called" href=to.href(id) title=name.to_owned()>{name.to_owned()}</a> }
    });
    view! {
        <tr>
            {director}
            <td>{row.protocol.name().to_uppercase()}</td>
            <td class="mono"><a href=client.href(id)>{row.client.to_string()}</a></td>
            <td><span class="mono">{row.virtual_address.to_string()}</span>{service}</td>
            <td><span class="mono">{row.destination.to_string()}</span>{server}</td>
            <td class="mono">{row.state.clone()}</td>
            <td class="num">{expires(row.expires_s)}</td>
        </tr>
    }
    .into_any()
}

/// Minutes and seconds, as ipvsadm has them.
pub(super) fn expires(seconds: u32) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}
