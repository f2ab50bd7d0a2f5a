//! The pages' certificate: uploading one, making a new own one.

use app::Lang;
use app::components::{FieldErrors, Flash};
use app::i18n::settings as words;
use app::pages::settings::certificate::{self as pages, names};
use app::pages::settings::{SettingsPage, view};
use app::time;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::settings;
use crate::http::certificate::Origin;
use crate::http::certificate_check::{Unfit, check, facts};
use crate::http::{AppState, Certificate, Need, Page, PageError, Routes};

/// More bytes than a chain or a key has.
const FIELD_LIMIT: usize = 128 * 1024;

/// These routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get_as(Need::Administrator, "/settings/certificate", super::back)
        .post_as(Need::Administrator, "/settings/certificate", upload)
        .post_as(Need::Administrator, "/settings/certificate/renew", renew)
        .post_as(Need::Administrator, "/settings/certificate/withdraw", withdraw)
}

/// What was given: files, or else what was pasted.
#[derive(Default)]
struct Given {
    certificate: Vec<u8>,
    key: Vec<u8>,
    /// The certificate as it was pasted, to be shown again.
    typed: String,
}

/// What the page shows of the certificate.
pub(super) fn shown(certificate: &Certificate) -> Option<pages::Certificate> {
    let chain = certificate.chain();
    let facts = facts(chain.first()?)?;
    let origin = match certificate.origin() {
        Origin::Own => pages::Origin::Own,
        Origin::Uploaded => pages::Origin::Uploaded,
        Origin::Given(path) => pages::Origin::Given(path.display().to_string()),
    };
    Some(pages::Certificate {
        origin,
        names: facts.names,
        issuer: facts.issuer,
        from_ms: facts.from_ms,
        until_ms: facts.until_ms,
        fingerprint: facts.fingerprint,
        chain: chain.len(),
        typed: String::new(),
    })
}

async fn upload(State(state): State<AppState>, page: Page, form: Multipart) -> Result<Response, PageError> {
    let lang = page.lang();
    let certificate = ours(&state, lang)?;
    let given = Given::read(form).await?;
    let fit = match check(&given.certificate, &given.key, page.now_ms()) {
        Ok(fit) => fit,
        Err(unfit) => {
            let mut shown =
                SettingsPage { upload_errors: errors(&unfit, lang), ..settings(&state, lang).await? };
            if let Some(certificate) = &mut shown.certificate {
                certificate.typed = given.typed;
            }
            let title = words::TITLE.get(lang);
            return Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, move || view(shown)));
        }
    };
    let before = fingerprint(certificate);
    let failed = |error| PageError::internal("cannot keep the certificate", error);
    certificate.upload(&fit.pem).map_err(failed)?;
    state
        .store
        .certificate_changed(page.actor(), "certificate.upload", &before, &fit.facts.fingerprint)
        .await?;
    page.flash(Flash::done(words::UPLOADED.with(lang, &[("fingerprint", &fit.facts.fingerprint)])));
    Ok(page.redirect("/settings"))
}

async fn renew(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    replaced(&state, &page, "certificate.renew", Certificate::renew).await
}

async fn withdraw(State(state): State<AppState>, page: Page) -> Result<Response, PageError> {
    replaced(&state, &page, "certificate.withdraw", Certificate::withdraw).await
}

async fn replaced(
    state: &AppState,
    page: &Page,
    action: &'static str,
    replace: impl FnOnce(&Certificate) -> Result<(), crate::http::tls::TlsError>,
) -> Result<Response, PageError> {
    let lang = page.lang();
    let certificate = ours(state, lang)?;
    let before = fingerprint(certificate);
    replace(certificate).map_err(|error| PageError::internal("cannot replace the certificate", error))?;
    let after = fingerprint(certificate);
    state.store.certificate_changed(page.actor(), action, &before, &after).await?;
    page.flash(Flash::done(words::RENEWED.with(lang, &[("fingerprint", &after)])));
    Ok(page.redirect("/settings"))
}

/// The certificate, where it is the console's to change.
fn ours(state: &AppState, lang: Lang) -> Result<&Certificate, PageError> {
    let certificate = state.certificate.as_deref();
    let ours = certificate.filter(|certificate| !matches!(certificate.origin(), Origin::Given(_)));
    ours.ok_or_else(|| PageError::BadRequest(words::NOT_HERE.get(lang).to_owned()))
}

fn fingerprint(certificate: &Certificate) -> String {
    certificate.chain().first().and_then(facts).map(|facts| facts.fingerprint).unwrap_or_default()
}

fn errors(unfit: &[Unfit], lang: Lang) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for wrong in unfit {
        let text = match wrong {
            Unfit::NoCertificate => words::UNFIT_NO_CERTIFICATE.get(lang).to_owned(),
            Unfit::NoKey => words::UNFIT_NO_KEY.get(lang).to_owned(),
            Unfit::Mismatch => words::UNFIT_MISMATCH.get(lang).to_owned(),
            Unfit::Nameless => words::UNFIT_NAMELESS.get(lang).to_owned(),
            Unfit::Expired(ms) => words::UNFIT_EXPIRED.with(lang, &[("when", &time::plain(*ms))]),
            Unfit::NotYet(ms) => words::UNFIT_NOT_YET.with(lang, &[("when", &time::plain(*ms))]),
            Unfit::Chain(why) => words::UNFIT_CHAIN.with(lang, &[("why", why)]),
        };
        let (name, label) = match wrong {
            Unfit::NoKey | Unfit::Mismatch => (names::KEY_FILE, words::KEY_FILE),
            _ => (names::FILE, words::UPLOAD_FILE),
        };
        errors.push(name, label.get(lang), text);
    }
    errors
}

impl Given {
    async fn read(mut form: Multipart) -> Result<Self, PageError> {
        let bad = |error: axum::extract::multipart::MultipartError| PageError::BadRequest(error.body_text());
        let mut given = Self::default();
        while let Some(field) = form.next_field().await.map_err(bad)? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(bad)?;
            // What is longer is no certificate, and is said to be none.
            let bytes = if bytes.len() > FIELD_LIMIT { Vec::new() } else { bytes.to_vec() };
            match name.as_str() {
                names::FILE if !bytes.is_empty() => given.certificate = bytes,
                names::KEY_FILE if !bytes.is_empty() => given.key = bytes,
                names::TEXT => {
                    given.typed = String::from_utf8_lossy(&bytes).into_owned();
                    if given.certificate.is_empty() {
                        given.certificate = bytes;
                    }
                }
                names::KEY_TEXT if given.key.is_empty() => given.key = bytes,
                _ => {}
            }
        }
        Ok(given)
    }
}
