use crate::errors::Errors;
use crate::function::{Function, is};

pub(crate) fn check(function: &Function, errors: &mut Errors) {
    let sig = &function.sig;
    for attr in function.attrs.iter().filter(|attr| is(attr, "test")) {
        errors.at(
            attr,
            "`#[health_runtime::test]` makes a test of it already: remove this attribute",
        );
    }
    if sig.asyncness.is_none() {
        errors.at(
            sig.fn_token,
            format!(
                "`#[health_runtime::test]` needs an `async fn`: write `async fn {}`",
                sig.ident
            ),
        );
    }
    if !sig.inputs.is_empty() {
        errors.at(&sig.inputs, "a test takes no parameters");
    }
    if !sig.generics.params.is_empty() {
        errors.at(&sig.generics, "a test cannot be generic");
    }
}
