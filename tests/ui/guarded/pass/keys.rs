//! Keys and roles on functions of every kind.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use health_runtime::{DependencyUnhealthy, destructive, guarded, host};

#[derive(Clone)]
struct Url(String);

impl Url {
    fn host_str(&self) -> Option<&str> {
        self.0.split('/').nth(2)
    }
}

const DNS: &str = "dns";

#[guarded(deps = ["http"], key = url.host_str().map(host))]
async fn by_host(url: Url) -> Result<Url, DependencyUnhealthy> {
    Ok(url)
}

#[guarded(deps = ["http", DNS], key = ["http" = host(name), DNS = resolver], role = "metadata")]
async fn by_both(name: &str, resolver: IpAddr) -> Result<usize, DependencyUnhealthy> {
    tokio::task::yield_now().await;
    Ok(name.len() + resolver.to_string().len())
}

#[guarded(deps = ["tenants"], key = format!("{}-{}", tenant.0, tenant.1), attempts = 2)]
async fn by_tenant(tenant: (u32, String)) -> Result<u32, DependencyUnhealthy> {
    Ok(tenant.0)
}

#[guarded(deps = ["tenants"], key = *id, role = "list")]
async fn by_number<T: Sync>(id: &u64, of: &[T]) -> Result<usize, DependencyUnhealthy> {
    Ok(of.len() + *id as usize)
}

struct Client {
    name: Arc<str>,
}

impl Client {
    #[guarded(deps = ["tenants"], key = self.name)]
    async fn method(&mut self) -> Result<usize, DependencyUnhealthy> {
        self.name = Arc::from("other");
        Ok(self.name.len())
    }

    #[guarded(deps = ["tenants"], key = &*self.name)]
    fn future(&self) -> impl Future<Output = Result<usize, DependencyUnhealthy>> + Send {
        let length = self.name.len();
        async move { Ok(length) }
    }

    #[destructive(bypass = "confirmed")]
    #[guarded(deps = ["tenants"], key = self.name, role = "delete")]
    async fn delete(&self, confirmed: bool) -> Result<(), DependencyUnhealthy> {
        Ok(())
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), DependencyUnhealthy> {
    let url = Url("https://Example.org./index".to_owned());
    assert_eq!(assert_send(by_host(url)).await?.0.len(), 26);
    let resolver = Ipv4Addr::LOCALHOST.into();
    assert_eq!(assert_send(by_both("a", resolver)).await?, 10);
    assert_eq!(assert_send(by_tenant((3, "b".to_owned()))).await?, 3);
    assert_eq!(by_number(&1, &[2, 3]).await?, 3);
    let mut client = Client { name: Arc::from("one") };
    assert_eq!(client.method().await?, 5);
    assert_eq!(assert_send(client.future()).await?, 5);
    assert!(client.delete(false).await.is_err(), "nothing is initialised");
    Ok(())
}
