//! Traces for the operator's collector: how long a request took, and which of its steps. Spans name routes, services and libraries, never people.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use kernel::Problem;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use serde::Deserialize;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::limits::{TRACES_DELAY_MS, TRACES_END_MS_MAX, TRACES_MS_MAX, TRACES_QUEUED_MAX};

/// Target of the spans that are traced; the log leaves them out.
pub const SPANS: &str = "qianhai-spans";

/// The section `[traces]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where OTLP goes by HTTP: `http://collector:4318/v1/traces`.
    endpoint: String,
    /// Name of this service in the traces.
    #[serde(default = "default_name")]
    service_name: String,
    /// Share of the requests that are traced, from 0 to 1.
    #[serde(default = "default_share")]
    share: f64,
}

fn default_name() -> String {
    "qianhai".into()
}

fn default_share() -> f64 {
    1.0
}

/// Traces on their way to a collector. What it does not take in time is dropped; nothing ever waits for it.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Begins to send.
    ///
    /// # Errors
    /// The endpoint is no address.
    pub fn begin(settings: &Settings, runtime: Handle) -> Result<Self, Problem> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Post::new(runtime)?)
            .with_endpoint(&settings.endpoint)
            .with_timeout(Duration::from_millis(TRACES_MS_MAX))
            .build()
            .map_err(|e| Problem::during("[traces] is read", e))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(TRACES_QUEUED_MAX)
            .with_scheduled_delay(Duration::from_millis(TRACES_DELAY_MS))
            .build();
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.share))))
            .with_resource(resource)
            .build();
        Ok(Self { provider })
    }

    /// What turns spans into traces.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("qianhai"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(filter_fn(|told| told.is_span() && told.target() == SPANS))
    }

    /// Sends what is left, if the collector takes it soon.
    pub fn end(self) {
        // What could not be sent is lost; the program ends all the same.
        _ = self.provider.shutdown_with_timeout(Duration::from_millis(TRACES_END_MS_MAX));
    }
}

/// Posts on the program's own runtime: the exporter's thread has none.
#[derive(Debug)]
struct Post {
    client: reqwest::Client,
    runtime: Handle,
    /// The collector did not take the last message; told once, not every second.
    away: AtomicBool,
}

impl Post {
    fn new(runtime: Handle) -> Result<Self, Problem> {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_millis(TRACES_MS_MAX));
        let client = builder.build().map_err(|e| Problem::during("the client for traces is made", e))?;
        Ok(Self {
            client,
            runtime,
            away: AtomicBool::new(false),
        })
    }

    async fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), reqwest::Request::try_from(request)?);
        let sending = async move {
            let answer = client.execute(request).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        };
        let (status, body) = self.runtime.spawn(sending).await??;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let posted = self.post(request).await;
        let away = !posted.as_ref().is_ok_and(|response| response.status().is_success());
        if away && !self.away.swap(away, Ordering::Relaxed) {
            tracing::warn!("the collector of traces does not take them; they are dropped until it does");
        }
        if !away && self.away.swap(away, Ordering::Relaxed) {
            tracing::info!("the collector of traces takes them again");
        }
        posted
    }
}
