//! The one function that mints a permit is unsafe to call, and forbidding unsafe code forbids it.
#![forbid(unsafe_code)]

use health_runtime::__private::{OperationSite, SiteInfo, SiteKind, ask};

static SITE: OperationSite = OperationSite::new(
    SiteInfo::new(SiteKind::Destructive, "mint", "", ("", 1), &[]),
    None,
);

async fn safe() {
    let _ = ask(&SITE, None).await;
}

async fn by_force() {
    let _ = unsafe { ask(&SITE, None) }.await;
}

fn main() {
    drop((safe(), by_force()));
}
