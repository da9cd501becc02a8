//! Every way in which a request can fail, and the one table of their codes.

use journal::{AppendError, JournalError, WriteError};
use kernel::refusal::Fault;
use kernel::{BadInput, Bilingual, Problem};
use serde::Serialize;

/// A request that did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The service says no; words are filled in.
    Refusal {
        /// The service's code.
        code: String,
        /// In both languages.
        message: Bilingual,
    },
    /// The input can't be read.
    BadInput(BadInput),
    /// Nobody is logged in, or the login has ended.
    Unauthenticated,
    /// Logged in, but not allowed.
    Forbidden,
    /// Acts for another beyond what was granted.
    OutsideDelegation,
    /// Acts for another without a delegation that is in force.
    NoDelegation,
    /// There is no such thing, or the reader may not know of it.
    NotFound,
    /// The path is right and the method is not.
    MethodNotAllowed,
    /// Too many requests; come back after so many seconds.
    TooManyRequests(u32),
    /// The token is good, but not for this.
    OutOfScope,
    /// The store is away or full; come back after so many seconds.
    Unavailable(u32),
    /// The provider that vouches for logins is away; come back after so many seconds.
    ProviderDown(u32),
    /// Something of ours is broken.
    Problem(Problem),
}

/// Kind and code of a failure, with its HTTP status and its words. This is the whole list.
struct Row {
    kind: &'static str,
    status: u16,
    zh: &'static str,
    en: &'static str,
}

impl Failure {
    fn row(&self) -> Row {
        let row = |kind, status, zh, en| Row { kind, status, zh, en };
        match self {
            Self::Refusal { .. } => row("refusal", 409, "不予办理", "Refused"),
            Self::BadInput(_) => row(
                "bad-input",
                422,
                "填写有误，请按提示修改",
                "Some of it can't be read; see the faults",
            ),
            Self::Unauthenticated => row("unauthenticated", 401, "请先登录", "Log in first"),
            Self::Forbidden => row("forbidden", 403, "您无权办理此事项", "You may not do this"),
            Self::OutOfScope => row(
                "forbidden",
                403,
                "该令牌的权限不含此操作",
                "The scopes of this token do not cover this",
            ),
            Self::OutsideDelegation => row(
                "forbidden",
                403,
                "超出委托范围：委托人没有授予您此事项或此权限",
                "Outside your delegation: this service or power was not granted to you",
            ),
            Self::NoDelegation => row(
                "forbidden",
                403,
                "您不能代为办理：委托不存在、尚未生效、已结束，或受托人不是您",
                "You can't act for another: there is no such delegation to you that is in force",
            ),
            Self::NotFound => row("not-found", 404, "没有找到", "Not found"),
            Self::MethodNotAllowed => row("method-not-allowed", 405, "不支持此请求方法", "This method is not supported here"),
            Self::TooManyRequests(_) => row(
                "too-many-requests",
                429,
                "请求过于频繁，请稍后再试",
                "Too many requests; try again later",
            ),
            Self::Unavailable(_) => row(
                "unavailable",
                503,
                "系统暂时无法保存，请稍后再试",
                "Nothing can be saved at the moment; try again later",
            ),
            Self::ProviderDown(_) => row(
                "unavailable",
                503,
                "统一身份认证暂时无法连接；请稍后再试，或用密码登录",
                "The login provider can't be reached at the moment; try again later, or log in with your password",
            ),
            Self::Problem(_) => row("problem", 500, "系统出现问题，已记录", "Something of ours is broken; it was logged"),
        }
    }

    /// A refusal of the house itself, no service's.
    pub fn refusal(code: &str, zh: &str, en: &str) -> Self {
        Self::Refusal {
            code: code.into(),
            message: Bilingual::new(zh, en),
        }
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.row().status
    }

    /// Seconds after which to come back, if that helps.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRequests(seconds) | Self::Unavailable(seconds) | Self::ProviderDown(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// The answer's body; a problem is logged under the id that stands in it.
    pub fn body(&self) -> ErrorBody {
        let Row { kind, zh, en, .. } = self.row();
        let plain = |code: &str| ErrorDetail {
            kind,
            code: code.into(),
            message: Bilingual::new(zh, en),
            faults: vec![],
            id: None,
        };
        let error = match self {
            Self::Refusal { code, message } => ErrorDetail {
                message: message.clone(),
                ..plain(code)
            },
            Self::BadInput(bad) => {
                let code = bad.faults.first().map_or("bad-input", |f| f.code.as_str());
                ErrorDetail {
                    faults: bad.faults.clone(),
                    ..plain(code)
                }
            }
            Self::OutOfScope => plain("out-of-scope"),
            Self::ProviderDown(_) => plain("login-provider-down"),
            Self::Problem(problem) => {
                let id = crate::clock::readable::<10>();
                tracing::error!(id, %problem, "a problem");
                ErrorDetail {
                    id: Some(id),
                    ..plain(kind)
                }
            }
            Self::OutsideDelegation => plain("outside-delegation"),
            Self::NoDelegation => plain("no-delegation"),
            _ => plain(kind),
        };
        ErrorBody { error }
    }
}

/// What every error answer looks like.
#[derive(Debug, Serialize)]
pub struct ErrorBody {
    /// The failure.
    pub error: ErrorDetail,
}

/// A failure in words.
#[derive(Debug, Serialize)]
pub struct ErrorDetail {
    /// `refusal`, `bad-input`, `problem`, …
    pub kind: &'static str,
    /// Finer than the kind where there is something finer.
    pub code: String,
    /// For the reader.
    pub message: Bilingual,
    /// Where the input is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Under which a problem was logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl From<BadInput> for Failure {
    fn from(bad: BadInput) -> Self {
        Self::BadInput(bad)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Unavailable(why) | JournalError::Full(why) => {
                tracing::warn!(why, "the store is away");
                Self::Unavailable(5)
            }
            JournalError::Cursor => Self::BadInput(BadInput::at("/cursor", "cursor", "分页标记无效", "not a cursor that a list gave")),
            other => Self::Problem(Problem::during("the store is used", other)),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Journal(error) => error.into(),
            conflict @ WriteError::Conflict { .. } => Self::Problem(Problem::during("a record is written", conflict)),
        }
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Full(why) | AppendError::Unavailable(why) => {
                tracing::warn!(why, "the journal is away");
                Self::Unavailable(5)
            }
            other => Self::Problem(Problem::during("a decision is written", other)),
        }
    }
}
