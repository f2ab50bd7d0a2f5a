//! Where a person is logged in, one's own and another's.

use leptos::prelude::*;

use crate::components::{ActionForm, Ago, Column, DataTable, Kind, Section};
use crate::device::device;
use crate::i18n::{people as words, t, use_lang};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Names it in addresses; not the cookie's value.
    pub id: String,
    /// What the browser called itself.
    pub agent: String,
    /// The address that logged in.
    pub address: String,
    /// The login, in milliseconds since 1970.
    pub created_ms: i64,
    /// The last use, to the minute.
    pub seen_ms: i64,
    /// Whether it is the one that looks.
    pub own: bool,
}

/// The sessions of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// All of them, the latest used first.
    pub rows: Vec<SessionRow>,
    /// The path of the page that they stand on.
    pub path: String,
}

/// The section.
pub fn sessions(sessions: Sessions) -> AnyView {
    let lang = use_lang();
    let Sessions { rows, path } = sessions;
    if rows.is_empty() {
        return view! { <Section title=t(words::SESSIONS)><p class="intro">{t(words::NO_SESSION)}</p></Section> }
            .into_any();
    }
    let columns = vec![
        Column::text(t(words::COL_DEVICE)),
        Column::text(t(words::COL_FROM)),
        Column::text(t(words::COL_LOGIN)).secondary(),
        Column::text(t(words::COL_USED)),
        Column::actions(),
    ];
    let own = rows.iter().any(|row| row.own);
    let others = rows.iter().any(|row| !row.own);
    let all = others.then(|| {
        let label = if own { words::REVOKE_OTHERS } else { words::REVOKE_ALL };
        view! { <div class="form-actions bare"><ActionForm action=format!("{path}/sessions/revoke") label=t(label)/></div> }
    });
    let rows = rows.into_iter().map(|row| {
        let name = device(&row.agent, lang);
        let action = format!("{path}/sessions/{}/revoke", row.id);
        let last = if row.own {
            view! { <span class="muted">{t(words::THIS_ONE)}</span> }.into_any()
        } else {
            view! { <ActionForm action=action label=t(words::REVOKE) about=name.clone() kind=Kind::Quiet/> }
                .into_any()
        };
        view! {
            <tr>
                <td title=row.agent>{name}</td>
                <td class="mono">{row.address}</td>
                <td class="secondary"><Ago ms=row.created_ms/></td>
                <td><Ago ms=row.seen_ms/></td>
                <td class="tight">{last}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Section title=t(words::SESSIONS)>
            <p class="intro">{t(words::SESSIONS_INTRO)}</p>
            <DataTable caption=t(words::SESSIONS) columns=columns>{rows}</DataTable>
            {all}
        </Section>
    }
    .into_any()
}
