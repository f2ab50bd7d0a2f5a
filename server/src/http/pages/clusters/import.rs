//! Importing an lvs.cf, a saved table or a revision in two steps: read it and show what it gives, then save it. Between the steps the file travels in the page;
//! nothing is kept by the console.

use std::collections::BTreeMap;

use app::components::{FieldErrors, Flash};
use app::i18n::{fields, import as words, services};
use app::pages::clusters::{Asked, Fault, ImportForm, ImportReview, import_form, import_review};
use axum::extract::multipart::{self, MultipartError};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::report::LossReport;
use formats::{Format, ipvsadm, lvscf};
use model::{Cluster, Desired, Field, Name, Problem, Reason};

use super::{count, supplement};
use crate::http::{AppState, IMPORT_LIMIT, Need, Page, PageError, Routes};
use crate::store::StoreError;

/// Read to its end, so that a browser that is still sending gets the page and not a broken connection, and the fields behind the
/// file are not lost. No more than [`KEPT`] stays in memory; beyond this nobody means an lvs.cf.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// The most bytes of all fields together that are kept. The second step carries the file as base64, four bytes for three, beside
/// the other fields.
const KEPT: usize = IMPORT_LIMIT / 3 * 4 + 64 * 1024;

/// This page's routes.
pub(super) fn routes() -> Routes {
    Routes::new().get_as(Need::Operator, "/clusters/import", show).post_up_to(
        BODY_LIMIT,
        "/clusters/import",
        import,
    )
}

/// What the form brought.
#[derive(Default)]
struct Posted {
    name: String,
    text: String,
    file: Vec<u8>,
    had_file: bool,
    /// The file of the first step, base64.
    source: String,
    save: bool,
    too_large: bool,
    /// Whatever else was in the form, by name.
    others: BTreeMap<String, String>,
}

impl Posted {
    /// Reads the form. What is too large is noted and not kept.
    async fn read(mut form: Multipart) -> Result<Self, PageError> {
        let (mut posted, mut left) = (Self::default(), KEPT);
        loop {
            let field = match form.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => return Ok(posted),
                Err(error) => return posted.broken(&error),
            };
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                posted.had_file = field.file_name().is_some_and(|file| !file.is_empty());
            }
            let bytes = match bounded(field, &mut left).await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => {
                    posted.too_large = true;
                    continue;
                }
                Err(error) => return posted.broken(&error),
            };
            let text = || String::from_utf8_lossy(&bytes).into_owned();
            match name.as_str() {
                "cluster_name" => posted.name = text(),
                // Browsers send text areas with CR-LF line ends, which no operator typed.
                "text" => posted.text = text().replace("\r\n", "\n"),
                "file" => posted.file = bytes,
                "source" => posted.source = text(),
                "save" => posted.save = true,
                _ if posted.others.len() < Asked::FIELDS.len() => {
                    let typed = text();
                    posted.others.insert(name.clone(), typed);
                }
                _ => {}
            }
        }
    }

    fn broken(mut self, error: &MultipartError) -> Result<Self, PageError> {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            self.too_large = true;
            return Ok(self);
        }
        Err(PageError::BadRequest(error.body_text()))
    }

    /// The file: that of the first step, else the uploaded one, else the pasted text.
    fn source(&self) -> Option<Vec<u8>> {
        if !self.source.is_empty() {
            return STANDARD.decode(&self.source).ok();
        }
        if self.had_file && !self.file.is_empty() {
            return Some(self.file.clone());
        }
        (!self.text.trim().is_empty()).then(|| self.text.clone().into_bytes())
    }
}

/// A field's bytes, if there are no more than are left to keep; none of them otherwise.
async fn bounded(
    mut field: multipart::Field<'_>,
    left: &mut usize,
) -> Result<Option<Vec<u8>>, MultipartError> {
    let (mut bytes, mut too_large) = (Vec::new(), false);
    while let Some(chunk) = field.chunk().await? {
        too_large |= bytes.len() + chunk.len() > *left;
        if !too_large {
            bytes.extend_from_slice(&chunk);
        }
    }
    if too_large {
        return Ok(None);
    }
    *left -= bytes.len();
    Ok(Some(bytes))
}

async fn show(page: Page) -> Response {
    page.html(words::TITLE.get(page.lang()), || import_form(ImportForm::default()))
}

async fn import(State(state): State<AppState>, page: Page, form: Multipart) -> Result<Response, PageError> {
    let lang = page.lang();
    let posted = Posted::read(form).await?;
    let mut errors = FieldErrors::default();
    let source = posted.source();
    let too_large = posted.too_large || source.as_ref().is_some_and(|source| source.len() > IMPORT_LIMIT);
    if too_large {
        let max = IMPORT_LIMIT / 1024 / 1024;
        errors.push("file", words::FILE.get(lang), words::TOO_LARGE.with(lang, &[("max", &max)]));
    } else if source.is_none() {
        errors.push("file", words::FILE.get(lang), words::NOTHING.get(lang));
    }
    let name = name(&state, &posted.name).await?;
    if let Err(problem) = &name {
        let text = app::i18n::problems::text(problem, lang);
        errors.push(problem.field.name(), fields::label(problem.field, lang), text);
    }
    let asked = supplement::asked(&posted.others);
    let supplement = supplement::parse(&asked);
    let read = source.filter(|_| !too_large).map(|source| {
        // Neither the name nor what a file leaves out is part of what the reader judges.
        let any = name.clone().or_else(|_| Name::parse("-"));
        let said = supplement.clone().unwrap_or_default();
        (any.map(|name| Read::file(&source, name, &said)), source)
    });
    let (imported, source) = match (read, name) {
        (Some((Ok(Ok(imported)), source)), Ok(_)) => (imported, source),
        (read, _) => {
            let fault = read.and_then(|(outcome, _)| outcome.ok()?.err().map(|fault| *fault));
            let form =
                ImportForm { name: posted.name, text: posted.text, had_file: posted.had_file, errors, fault };
            let title = words::TITLE.get(lang);
            return Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, || import_form(form)));
        }
    };
    let wrong = supplement.err().filter(|_| imported.format == Format::Ipvsadm && posted.save);
    if !posted.save || wrong.is_some() {
        let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let review = ImportReview {
            cluster: imported.cluster,
            report: imported.report,
            source: STANDARD.encode(&source),
            asked: (imported.format == Format::Ipvsadm).then_some(asked),
            errors: wrong.map(|problems| FieldErrors::of(&problems, lang)).unwrap_or_default(),
        };
        page.crumb(words::TITLE.get(lang), "/clusters/import");
        let title = words::REVIEW_TITLE.with(lang, &[("name", review.cluster.name())]);
        return Ok(page.html_status(status, title, || import_review(review)));
    }
    let (name, services_count) = (imported.cluster.name().clone(), count(imported.cluster.services().len()));
    match state.store.import_cluster(page.actor(), imported.cluster).await {
        Ok(id) => {
            let said = Flash::done(words::SAVED.count_with(lang, services_count, &[("name", &name)]));
            page.flash(said.next(services::REVIEW.get(lang), format!("/clusters/{id}/changes")));
            Ok(page.redirect(&format!("/clusters/{id}/services")))
        }
        Err(StoreError::Invalid(problems)) => {
            let text = String::from_utf8_lossy(&source).into_owned();
            let errors = FieldErrors::of(&problems, lang);
            let form = ImportForm { name: posted.name, text, had_file: false, errors, fault: None };
            let title = words::TITLE.get(lang);
            Ok(page.html_status(StatusCode::UNPROCESSABLE_ENTITY, title, || import_form(form)))
        }
        Err(error) => Err(error.into()),
    }
}

/// A file of any kind, read.
struct Read {
    format: Format,
    cluster: Cluster,
    report: LossReport,
}

impl Read {
    fn file(source: &[u8], name: Name, said: &ipvsadm::Supplement) -> Result<Self, Box<Fault>> {
        let format = Format::detect(source);
        let (cluster, report) = match format {
            Format::LvsCf => lvscf::import(source, name)
                .map(|imported| (imported.cluster, imported.report))
                .map_err(|diagnostic| Box::new(Fault::new(&diagnostic, source)))?,
            Format::Ipvsadm => ipvsadm::import(source, name, said)
                .map(|imported| (imported.cluster, imported.report))
                .map_err(|diagnostic| Box::new(Fault::of_commands(&diagnostic, source)))?,
            Format::Revision => {
                let read = Desired::parse(source);
                let mut cluster = read
                    .map_err(|error| {
                        let place = (error.line(), error.column());
                        Box::new(Fault::of_revision(place, &error.to_string(), source))
                    })?
                    .cluster;
                cluster.rename(name);
                (cluster, LossReport::default())
            }
        };
        Ok(Self { format, cluster, report })
    }
}

/// A name that is possible and free; the store has the last word when it is saved.
async fn name(state: &AppState, typed: &str) -> Result<Result<Name, Problem>, PageError> {
    let field = Field::ClusterName;
    let name = match Name::parse(typed) {
        Ok(name) => name,
        Err(reason) => return Ok(Err(Problem::new(field, typed, reason))),
    };
    let taken = state.store.clusters().await?.iter().any(|cluster| cluster.name == name);
    Ok(if taken { Err(Problem::new(field, typed, Reason::DuplicateName)) } else { Ok(name) })
}
