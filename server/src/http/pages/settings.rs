//! The console's own settings: for administrators.

mod about;
mod backup;
mod certificate;

use app::Lang;
use app::components::{FieldErrors, Flash};
use app::i18n::{Msg, problems, settings as words};
use app::pages::settings::{self as pages, Kept, SettingsPage};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::merging::json;
use crate::http::{AppState, Need, Page, PageError, Routes};
use crate::store::{Retention, StoreError, retention};

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Administrator, "/settings", show)
        .get_as(Need::Administrator, "/settings/retention", back)
        .post_as(Need::Administrator, "/settings/retention", keep)
        .and(about::routes())
        .and(backup::routes())
        .and(certificate::routes())
}

/// Who loads anew what a form has answered comes to where it stood.
async fn back(page: Page) -> Response {
    page.redirect("/settings")
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    event_days: String,
    #[serde(default)]
    event_rows: String,
    #[serde(default)]
    audit_days: String,
    #[serde(default)]
    audit_rows: String,
    /// How it was when the form was shown.
    #[serde(default)]
    base: String,
}

async fn show(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    let shown = settings(&state, page.lang()).await?;
    Ok(page.html(words::TITLE.get(page.lang()), move || pages::view(shown)))
}

async fn keep(
    State(state): State<AppState>,
    page: Page,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let (base, typed) = (typed.base.clone(), typed.values());
    let again = async |status, errors, base: String| -> Result<Response, PageError> {
        let retention = kept(&typed, lang);
        let shown = SettingsPage { retention, errors, base, ..settings(&state, lang).await? };
        Ok(page.html_status(status, words::TITLE.get(lang), move || pages::view(shown)))
    };
    let wanted = match parse(&typed, lang) {
        Ok(wanted) => wanted,
        // What others do meanwhile is still told from what was shown at first.
        Err(errors) => return again(StatusCode::UNPROCESSABLE_ENTITY, errors, base).await,
    };
    let seen: Option<Retention> = serde_json::from_str(&base).ok();
    let changed = match state.store.set_retention(page.actor(), wanted, seen).await {
        Ok(changed) => changed,
        Err(StoreError::RetentionMoved(now)) => {
            let errors = moved(&seen.unwrap_or(now), &now, &wanted, lang);
            // Who saves again has seen it.
            return again(StatusCode::CONFLICT, errors, json(&now)?).await;
        }
        Err(error) => return Err(error.into()),
    };
    let said = if changed { words::RETENTION_SAVED } else { words::RETENTION_SAME };
    page.flash(Flash::done(said.get(lang)));
    Ok(page.redirect("/settings"))
}

/// The page as it is.
async fn settings(state: &AppState, lang: Lang) -> Result<SettingsPage, PageError> {
    let retention = state.store.retention().await?;
    let base = json(&retention)?;
    let retention = retention.named().map(|(_, value)| value.to_string());
    let config = &state.config;
    Ok(SettingsPage {
        certificate: state.certificate.as_deref().and_then(certificate::shown),
        retention: kept(&retention, lang),
        base,
        pages: config.listen.to_string(),
        fleet: state.fleet.address().to_string(),
        proxies: config.proxies.proxies.iter().map(ToString::to_string).collect(),
        data: config.data.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..SettingsPage::default()
    })
}

fn kept(values: &[String; 4], lang: Lang) -> Vec<Kept> {
    let labelled = FIELDS.iter().zip(values);
    labelled
        .map(|((name, label), value)| Kept { name, label: label.get(lang), value: value.clone() })
        .collect()
}

/// What both have changed since, and otherwise.
fn moved(base: &Retention, now: &Retention, wanted: &Retention, lang: Lang) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let values = base.named().into_iter().zip(now.named()).zip(wanted.named());
    for ((name, label), (((_, base), (_, now)), (_, wanted))) in FIELDS.iter().zip(values) {
        if now != base && wanted != base && now != wanted {
            errors.push(*name, label.get(lang), problems::CHANGED_MEANWHILE.with(lang, &[("now", &now)]));
        }
    }
    errors
}

/// Everything that is wrong, all at once.
fn parse(typed: &[String; 4], lang: Lang) -> Result<Retention, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut number = |index: usize, range: std::ops::RangeInclusive<u32>| {
        let (name, label) = FIELDS[index];
        let parsed = typed[index].trim().replace([',', ' ', '_'], "").parse();
        parsed.ok().filter(|value| range.contains(value)).unwrap_or_else(|| {
            let bounds: [(&str, &dyn std::fmt::Display); 2] = [("from", range.start()), ("to", range.end())];
            errors.push(name, label.get(lang), words::NOT_IN_RANGE.with(lang, &bounds));
            0
        })
    };
    let retention = Retention {
        event_days: number(0, Retention::DAYS),
        event_rows: number(1, Retention::ROWS),
        audit_days: number(2, Retention::DAYS),
        audit_rows: number(3, Retention::ROWS),
    };
    if errors.is_empty() { Ok(retention) } else { Err(errors) }
}

/// In the order of [`Retention::named`].
const FIELDS: [(&str, Msg); 4] = [
    (retention::EVENT_DAYS, words::EVENT_DAYS),
    (retention::EVENT_ROWS, words::EVENT_ROWS),
    (retention::AUDIT_DAYS, words::AUDIT_DAYS),
    (retention::AUDIT_ROWS, words::AUDIT_ROWS),
];

impl Typed {
    fn values(self) -> [String; 4] {
        [self.event_days, self.event_rows, self.audit_days, self.audit_rows]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_the_order_of_their_values() {
        assert_eq!(FIELDS.map(|(name, _)| name), Retention::default().named().map(|(name, _)| name));
    }

    #[test]
    fn numbers_are_read_forgivingly_and_bounded() {
        let typed = |values: [&str; 4]| values.map(str::to_owned);
        let good = parse(&typed(["90", "200,000", " 730 ", "1000000"]), Lang::En).unwrap();
        assert_eq!(good, Retention::default());
        let wrong = parse(&typed(["0", "999", "soon", "10000001"]), Lang::Zh).unwrap_err();
        assert_eq!(wrong.iter().len(), 4);
    }
}
