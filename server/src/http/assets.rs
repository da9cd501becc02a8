//! The portal's built pages: hashed files for ever, the page itself never from a cache, and any other path is the portal's.

use std::path::PathBuf;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::compression::CompressionLayer;
use tower_http::services::{ServeDir, ServeFile};

/// Adds the pages to the routes.
pub fn pages(router: Router, folder: PathBuf) -> Router {
    let index = ServeFile::new(folder.join("index.html"));
    let files = ServeDir::new(&folder).precompressed_gzip().fallback(index);
    let pages = Router::new()
        .fallback_service(files)
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn(caching));
    router.fallback_service(pages)
}

async fn caching(request: Request, next: Next) -> Response {
    let hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let value = if hashed && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
