//! The dependency by the path of a `const`, under a renamed crate, in a module and in a function.
#![deny(warnings, missing_docs)]
#![forbid(unsafe_code)]

mod deps {
    pub const REDIS: &str = "redis";
}

mod facade {
    pub use health_runtime as resilience;
}

mod probes {
    #[crate::facade::resilience::probe(dep = crate::deps::REDIS, crate = crate::facade::resilience)]
    pub(super) async fn r#try() -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn main() {
    #[health_runtime::probe(dep = "api")]
    async fn inside() -> Result<(), std::io::Error> {
        Ok(())
    }

    drop(probes::r#try());
    let names: Vec<_> = health_runtime::inventory::sites().iter().map(|site| site.name).collect();
    assert!(names.contains(&"try") && names.contains(&"inside"), "{names:?}");
}
