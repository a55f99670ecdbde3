//! What the function gives back: how it makes a future, and the type that the future ends in.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Token, Type, TypeParamBound,
};

use super::{Function, misplaced};
use crate::errors::Errors;

pub(crate) struct Output {
    pub(crate) form: Form,
    /// The type that the body ends in; `impl Trait` in it is `_`.
    pub(crate) ty: Type,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Form {
    /// `async fn`
    Async,
    /// `fn .. -> impl Future`
    Future,
    /// `fn .. -> Pin<Box<dyn Future>>`, `BoxFuture`, `LocalBoxFuture`
    Boxed,
}

impl Output {
    /// Reads the signature; reports whatever cannot carry a refusal.
    ///
    /// Only types that surely cannot are refused here. Any other may be an alias of `Result`, which
    /// only the compiler can tell: it checks the trait, at the span that [`Self::at_fault`] gives.
    /// With `always_answers` any type will do: there is a fallback.
    pub(crate) fn read(
        attribute: &str,
        function: &Function,
        always_answers: bool,
        errors: &mut Errors,
    ) -> Option<Self> {
        let sig = &function.sig;
        let declared = match &sig.output {
            ReturnType::Type(_, ty) => Some(&**ty),
            ReturnType::Default => None,
        };
        let (form, ty) = if sig.asyncness.is_some() {
            (Form::Async, declared)
        } else if let Some((form, ty)) = declared.and_then(future) {
            (form, Some(ty))
        } else {
            errors.push(misplaced::not_async(attribute, function));
            if let Some((ty, plain)) = declared.and_then(|ty| Some((ty, plain(ty)?))) {
                errors.at(ty, refused(attribute, sig, &format!(", not {plain}")));
            }
            return None;
        };
        let Some(ty) = ty else {
            if always_answers {
                let ty = syn::parse_quote!(());
                return Some(Self { form, ty });
            }
            errors.at(&sig.ident, refused(attribute, sig, "; it returns nothing"));
            return None;
        };
        if let Some(plain) = plain(ty).filter(|_| !always_answers) {
            errors.at(ty, refused(attribute, sig, &format!(", not {plain}")));
            return None;
        }
        Some(Self {
            form,
            ty: pinned(ty),
        })
    }

    /// The token of the type that says most.
    pub(crate) fn place(&self) -> Span {
        place_of(&self.ty)
    }

    /// The type, placed where to look when it cannot carry a refusal: at its error type, if that is
    /// written out.
    ///
    /// All that the compiler takes a type's place from are its ends, so only those are moved, to one
    /// and the same token. They resolve as before, so that an alias that wraps the error is no
    /// problem; what is between them stays, so that a lint about it is the one that the signature
    /// gave already.
    pub(crate) fn at_fault(&self) -> TokenStream {
        let place = place_of(error_type(&self.ty).unwrap_or(&self.ty));
        let mut tokens: Vec<TokenTree> = self.ty.to_token_stream().into_iter().collect();
        if let Some(first) = tokens.first_mut() {
            first.set_span(first.span().located_at(place));
        }
        if let Some(last) = tokens.last_mut() {
            last.set_span(last.span().located_at(place));
        }
        tokens.into_iter().collect()
    }
}

fn refused(attribute: &str, sig: &Signature, found: &str) -> String {
    format!(
        "`#[{attribute}]` may refuse the call, so `{}` needs to return `Result<_, E>` with \
         `E: From<DependencyUnhealthy>`{found}",
        sig.ident
    )
}

/// The last name of a path, or else how the type starts.
pub(crate) fn place_of(ty: &Type) -> Span {
    match last_segment(ty) {
        Some(segment) => segment.ident.span(),
        None => ty.span(),
    }
}

/// `E` of a written-out `Result<T, E>`.
fn error_type(ty: &Type) -> Option<&Type> {
    let segment = last_segment(ty)?;
    let mut types = type_arguments(segment);
    match (types.next(), types.next(), types.next()) {
        (Some(_), Some(error), None) if segment.ident == "Result" => Some(error),
        _ => None,
    }
}

/// The output of the future that `ty` is, if it is written as one.
fn future(ty: &Type) -> Option<(Form, &Type)> {
    match bare(ty) {
        Type::ImplTrait(ty) => Some((Form::Future, output_of(&ty.bounds)?)),
        Type::Path(_) => {
            let segment = last_segment(ty)?;
            if segment.ident == "BoxFuture" || segment.ident == "LocalBoxFuture" {
                return Some((Form::Boxed, type_arguments(segment).last()?));
            }
            let in_pin = type_arguments(segment)
                .next()
                .filter(|_| segment.ident == "Pin")?;
            let segment = last_segment(in_pin).filter(|segment| segment.ident == "Box")?;
            match bare(type_arguments(segment).next()?) {
                Type::TraitObject(ty) => Some((Form::Boxed, output_of(&ty.bounds)?)),
                Type::ImplTrait(ty) => Some((Form::Boxed, output_of(&ty.bounds)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn output_of<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let segment = bound.path.segments.last()?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(assoc)
                if segment.ident == "Future" && assoc.ident == "Output" =>
            {
                Some(&assoc.ty)
            }
            _ => None,
        })
    })
}

/// What to call a type that surely is no `Result`.
pub(crate) fn plain(ty: &Type) -> Option<&'static str> {
    match bare(ty) {
        Type::Tuple(tuple) if tuple.elems.is_empty() => Some("`()`"),
        Type::Tuple(_) => Some("a tuple"),
        Type::Reference(_) => Some("a reference"),
        Type::Array(_) | Type::Slice(_) => Some("an array"),
        Type::Never(_) => Some("`!`"),
        Type::ImplTrait(_) => Some("an `impl Trait`"),
        Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            Some(match path.path.segments[0].ident.to_string().as_str() {
                "bool" => "a `bool`",
                "Option" => "an `Option`",
                "String" => "a `String`",
                "Vec" => "a `Vec`",
                "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64"
                | "i128" | "isize" | "f32" | "f64" | "char" => "a plain value",
                _ => return None,
            })
        }
        _ => None,
    }
}

/// The type with `_` for every `impl Trait`, so that it can be named inside the function.
pub(crate) fn pinned(ty: &Type) -> Type {
    let mut ty = ty.clone();
    infer_impl_traits(&mut ty);
    ty
}

fn infer_impl_traits(ty: &mut Type) {
    match ty {
        Type::ImplTrait(found) => {
            let span = found.impl_token.span;
            *ty = Type::Infer(syn::TypeInfer {
                attrs: Vec::new(),
                underscore_token: Token![_](span),
            });
        }
        Type::Array(ty) => infer_impl_traits(&mut ty.elem),
        Type::Group(ty) => infer_impl_traits(&mut ty.elem),
        Type::Paren(ty) => infer_impl_traits(&mut ty.elem),
        Type::Ptr(ty) => infer_impl_traits(&mut ty.elem),
        Type::Reference(ty) => infer_impl_traits(&mut ty.elem),
        Type::Slice(ty) => infer_impl_traits(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(infer_impl_traits),
        Type::Path(ty) => {
            for segment in &mut ty.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            infer_impl_traits(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// The type without the invisible groups of `macro_rules!` and without parentheses.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}
