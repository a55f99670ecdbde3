//! Which functions can be a fallback: those with the same arguments, and one more for the error if
//! they like; async, or not.

use std::future::{Future, Ready, ready};

use super::Failed;
use crate::call::GuardedOutput;

/// A function that can answer for another one.
///
/// `Arguments` are those of the function, as a tuple, `R` is what it returns. `How` tells the four
/// forms apart: the compiler finds it.
#[diagnostic::on_unimplemented(
    message = "this function cannot be the fallback here",
    label = "expected a function of the same arguments `{Arguments}` that returns `{R}`",
    note = "a fallback takes the arguments of the function it answers for, with the same types and in the same order, and the error as one more, if it likes",
    note = "it returns the same type, and may be an `async fn` or not; `#[guarded]` on it makes a chain"
)]
pub trait Fallback<Arguments, R, How> {
    /// The answer, to be awaited.
    type Answer: Future<Output = R>;

    /// Calls the function.
    fn answer(self, arguments: Arguments, failed: Failed<R>) -> Self::Answer;
}

/// An `async fn` of the same arguments.
#[derive(Debug)]
pub struct Later;

/// An `async fn` that takes the error, too.
#[derive(Debug)]
pub struct LaterOf<E>(E);

/// A function of the same arguments.
#[derive(Debug)]
pub struct Now;

/// A function that takes the error, too.
#[derive(Debug)]
pub struct NowOf<E>(E);

macro_rules! signatures {
    ($(($($argument:ident)*))*) => {$(
        #[allow(non_snake_case, reason = "values are named as their types")]
        const _: () = {
            impl<Function, Answer, R, $($argument,)*> Fallback<($($argument,)*), R, Later> for Function
            where
                Function: FnOnce($($argument),*) -> Answer,
                Answer: Future<Output = R>,
            {
                type Answer = Answer;

                fn answer(self, ($($argument,)*): ($($argument,)*), _: Failed<R>) -> Answer {
                    self($($argument),*)
                }
            }

            impl<Function, Answer, R, Error, $($argument,)*>
                Fallback<($($argument,)*), R, LaterOf<Error>> for Function
            where
                Function: FnOnce($($argument,)* Error) -> Answer,
                Answer: Future<Output = R>,
                R: GuardedOutput<Error = Error>,
            {
                type Answer = Answer;

                fn answer(self, ($($argument,)*): ($($argument,)*), failed: Failed<R>) -> Answer {
                    self($($argument,)* error_of(failed))
                }
            }

            impl<Function, R, $($argument,)*> Fallback<($($argument,)*), R, Now> for Function
            where
                Function: FnOnce($($argument),*) -> R,
            {
                type Answer = Ready<R>;

                fn answer(self, ($($argument,)*): ($($argument,)*), _: Failed<R>) -> Ready<R> {
                    ready(self($($argument),*))
                }
            }

            impl<Function, R, Error, $($argument,)*> Fallback<($($argument,)*), R, NowOf<Error>> for Function
            where
                Function: FnOnce($($argument,)* Error) -> R,
                R: GuardedOutput<Error = Error>,
            {
                type Answer = Ready<R>;

                fn answer(self, ($($argument,)*): ($($argument,)*), failed: Failed<R>) -> Ready<R> {
                    ready(self($($argument,)* error_of(failed)))
                }
            }
        };
    )*};
}

signatures! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
    (A B C D E F G H I)
    (A B C D E F G H I J)
    (A B C D E F G H I J K)
    (A B C D E F G H I J K L)
}

/// The error that a fallback is given.
fn error_of<R: GuardedOutput>(failed: Failed<R>) -> R::Error {
    let output = match failed {
        Failed::Refused(refusal) => R::refused(refusal),
        Failed::Output(output) => output,
    };
    match output.into_error() {
        Some(error) => error,
        None => unreachable!("a call that failed has an error"),
    }
}
