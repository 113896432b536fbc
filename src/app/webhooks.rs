//! Who is told what happens, from the configuration.

use crate::calls::{DatabaseOutbox, Store};
use crate::config::{Config, Secret, WebhookEndpoint, WebhookEvent};
use crate::limits::OnLimit;
use crate::telemetry::metrics::Metrics;
use crate::webhooks::{
    BACKEND, Backoff, Deliverer, DeliveryParts, DeliverySettings, Endpoint, EventType, Mailer, Sender, Signer,
    SigningSecret, Subscription, Timeouts,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// A row is leased for as long as a request may take and this, by which servers' clocks may differ.
const LEASE_SLACK: Duration = Duration::from_secs(30);

/// Who writes to the endpoints and to the backend.
pub(super) fn mailer(config: &Config, on_limit: OnLimit) -> Mailer {
    let subscription = |endpoint: &WebhookEndpoint| Subscription {
        endpoint: endpoint.name.clone(),
        types: match endpoint.events.as_slice() {
            [] => EventType::ALL.into(),
            events => events.iter().copied().map(event_type).collect(),
        },
    };
    let webhooks = &config.webhooks;
    let subscriptions = webhooks.endpoints.iter().map(subscription).collect();
    Mailer::new(subscriptions, !config.backend.url.is_empty(), webhooks.max_waiting, on_limit)
}

/// Starts to deliver what was written, by this server or by others.
pub(super) fn deliver(
    config: &Config,
    store: &Store,
    server: Uuid,
    mailer: &Mailer,
    metrics: &Metrics,
    on_limit: OnLimit,
) -> reqwest::Result<Deliverer> {
    let (webhooks, backend) = (&config.webhooks, &config.backend);
    let endpoints = webhooks.endpoints.iter().map(|endpoint| Endpoint {
        name: endpoint.name.clone(),
        url: endpoint.url.clone(),
        signer: signer(&[&endpoint.secret, &endpoint.previous_secret]),
    });
    let backend = (!backend.url.is_empty()).then(|| Endpoint {
        name: BACKEND.to_owned(),
        url: backend.url.clone(),
        signer: signer(&[&backend.secret]),
    });
    let parts = DeliveryParts {
        outbox: DatabaseOutbox::new(store.clone(), server),
        post: Sender::new(Timeouts { connect: webhooks.connect_timeout(), whole: webhooks.timeout() })?,
        mailer: mailer.clone(),
        metrics: metrics.webhooks.clone(),
        clock: Arc::new(SystemTime::now),
        on_limit,
        settings: DeliverySettings {
            concurrency: webhooks.concurrency,
            backoff: Backoff { first: webhooks.retry(), most: webhooks.max_retry() },
            give_up_after: webhooks.give_up_after(),
            lease: webhooks.timeout() + LEASE_SLACK,
        },
    };
    Ok(Deliverer::start(endpoints.chain(backend).collect(), parts))
}

/// Those that are set; the configuration has checked their form.
fn signer(secrets: &[&Secret]) -> Signer {
    Signer::new(secrets.iter().filter_map(|secret| SigningSecret::parse(secret.expose())))
}

fn event_type(event: WebhookEvent) -> EventType {
    match event {
        WebhookEvent::CallStarted => EventType::CallStarted,
        WebhookEvent::CallEnded => EventType::CallEnded,
        WebhookEvent::ParticipantJoined => EventType::ParticipantJoined,
        WebhookEvent::ParticipantLeft => EventType::ParticipantLeft,
        WebhookEvent::QualityWarning => EventType::QualityWarning,
    }
}
