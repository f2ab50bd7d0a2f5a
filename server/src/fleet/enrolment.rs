//! A one-time token against a certificate.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::wire::enrolment_server::Enrolment;
use protocol::wire::refusal::Kind;
use protocol::wire::{EnrollRequest, EnrollResponse};
use protocol::{Secret, Side, check_protocol};
use tonic::{Request, Response, Status};

use super::Inner;
use super::listener::Peer;
use super::registry::refusal;
use super::throttle::Throttle;
use crate::store::StoreError;

/// The same words for every token that is no good: who does not have one learns nothing.
const NO_GOOD: &str =
    "this token is not known, has been used already, or is too old; make a new one on the director's page";

/// The service.
pub(super) struct Desk {
    inner: Arc<Inner>,
    throttle: Mutex<Throttle>,
}

impl Desk {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, throttle: Mutex::default() }
    }

    async fn enrol(&self, peer: &Peer, request: EnrollRequest) -> Result<EnrollResponse, Status> {
        check_protocol(Side::Console, request.protocol)
            .map_err(|other| Status::failed_precondition(other.to_string()))?;
        let secret = Secret::parse(&request.token).map_err(|_| Status::permission_denied(NO_GOOD))?;
        let (store, ca) = (&self.inner.store, &self.inner.ca);
        let now_ms = self.inner.clock.now_ms();
        let owner = store.token_owner(secret.hash(), now_ms).await.map_err(|error| ours(&error))?;
        let owner = owner.ok_or_else(|| Status::permission_denied(NO_GOOD))?;
        let signed = ca.sign_director(&request.csr, owner.id).map_err(|error| {
            tracing::warn!(director = %owner.id, address = %peer.address, %error, "refused a certificate request");
            Status::invalid_argument(error.to_string())
        })?;
        let address = peer.address.ip().to_string();
        // Uses the token up; of two at the same moment, one gets here.
        let redeemed =
            store.redeem_token(&address, secret.hash(), now_ms, signed.fingerprint, signed.not_after_ms);
        let director = redeemed.await.map_err(|error| match error {
            StoreError::NotFound(_) => Status::permission_denied(NO_GOOD),
            other => ours(&other),
        })?;
        tracing::info!(director = %director.id, name = director.name.as_str(), role = %director.role, %address, "enrolled");
        let replaced =
            "this director has been enrolled anew, so that its earlier certificate is no longer good";
        self.inner.registry.close(director.id, refusal(Kind::Revoked, replaced));
        Ok(EnrollResponse {
            director_id: director.id.0,
            certificate: signed.certificate.to_vec(),
            ca_certificate: ca.certificate().to_vec(),
            director_name: director.name.as_str().to_owned(),
            role: protocol::wire::Role::from(director.role).into(),
        })
    }

    fn throttle<R>(&self, then: impl FnOnce(&mut Throttle) -> R) -> R {
        then(&mut self.throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[tonic::async_trait]
impl Enrolment for Desk {
    async fn enroll(&self, request: Request<EnrollRequest>) -> Result<Response<EnrollResponse>, Status> {
        let peer = request.extensions().get::<Peer>().cloned();
        let peer = peer.ok_or_else(|| Status::internal("the connection has no address"))?;
        let address = peer.address.ip();
        let allowed = self.throttle(|throttle| throttle.check(address, self.inner.clock.now_ms()));
        allowed.map_err(|seconds| {
            let text = format!("too many failed enrolments from {address}; try again in {seconds} s");
            Status::resource_exhausted(text)
        })?;
        let enrolled = self.enrol(&peer, request.into_inner()).await;
        if let Err(status) = &enrolled
            && status.code() != tonic::Code::Unavailable
        {
            tracing::warn!(%address, reason = status.message(), "refused an enrolment");
            self.throttle(|throttle| throttle.failed(address, self.inner.clock.now_ms()));
        }
        enrolled.map(Response::new)
    }
}

/// Our own trouble: the details are for our log, not for strangers.
fn ours(error: &StoreError) -> Status {
    tracing::error!(%error, "cannot enrol a director");
    Status::unavailable("the console cannot reach its database; try again")
}
