//! Where the credentials of an S3 store come from, beyond what `object_store` finds itself: a profile
//! of AWS, and a role to assume.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use futures::FutureExt;
use object_store::aws::{
    AmazonS3Builder, AmazonS3ConfigKey, AwsAuthorizer, AwsCredential, AwsCredentialProvider,
};
use object_store::client::{HttpConnector, HttpRequestBody, ReqwestConnector};
use object_store::{ClientOptions, CredentialProvider, RetryConfig};
use tokio::sync::Mutex;

use crate::border::error::{code, Error, Result};
use crate::border::redaction::remember_option;
use crate::border::runtime;
use crate::border::store_error::{brief_answer, element, with_causes};
use crate::store::aws_profile::{ProfileFiles, Profiles, RoleRequest, Source};
use crate::store::store_settings::Settings;

/// Credentials are fetched anew so long before they end, or where they live shorter, when half of their
/// life is over.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// When files are read again, and commands run again, that do not say how long credentials live.
const LIFE_WITHOUT_END: TimeDelta = TimeDelta::minutes(15);

const PROCESS_TIMEOUT: Duration = Duration::from_secs(60);
const LONGEST_OUTPUT: u64 = 1 << 16;

/// Requests for a role that fail by the network or the server.
const ROLE_ATTEMPTS: u32 = 3;

/// What the settings of a store say of AWS accounts.
pub struct AwsAccount {
    profile: Option<String>,
    files: ProfileFiles,
    role: Option<RoleRequest>,
    is_metadata_disabled: bool,
    fetcher: Fetcher,
}

/// What is needed to ask for a role.
#[derive(Debug, Clone)]
struct Fetcher {
    client: ClientOptions,
    retry: RetryConfig,
    sts_endpoint: Option<String>,
    region: String,
}

struct Fetched {
    credential: Arc<AwsCredential>,
    ends: Option<DateTime<Utc>>,
}

#[derive(Debug)]
enum Origin {
    Profile(ProfileFiles, String),
    Provider(AwsCredentialProvider),
}

struct Cached {
    credential: Arc<AwsCredential>,
    renewed_from: DateTime<Utc>,
    ends: Option<DateTime<Utc>>,
}

/// Credentials that are fetched when they are needed, and kept as long as they live.
struct FetchedCredentials {
    origin: Origin,
    role: Option<RoleRequest>,
    fetcher: Fetcher,
    cached: Mutex<Option<Cached>>,
}

/// There are none, and nobody may be asked.
#[derive(Debug)]
struct NoCredentials;

fn refused(message: impl Into<String>) -> Error {
    Error::new(code::PERMISSION_DENIED, message)
}

fn for_store(error: Error) -> object_store::Error {
    object_store::Error::Generic { store: "S3", source: Box::new(error) }
}

/// A credential that fits into the headers of a request, and that no message shows.
fn make_credential(
    origin: &str,
    id: String,
    secret: String,
    token: Option<String>,
) -> Result<Arc<AwsCredential>> {
    let texts = [Some(&id), Some(&secret), token.as_ref()];
    for text in texts.into_iter().flatten() {
        remember_option("secret", text);
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused(format!(
                "The AWS credentials are malformed. They are of {origin}"
            )));
        }
    }
    Ok(Arc::new(AwsCredential { key_id: id, secret_key: secret, token }))
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// Ends the processes of a group, unless they have ended.
struct ProcessGroup(Option<i32>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // SAFETY: a system call without pointers.
            unsafe { libc::kill(-id, libc::SIGKILL) };
        }
    }
}

/// What a command prints. Its output is no part of any message: it holds credentials.
async fn run_process(command: &str, profile: &str) -> Result<Vec<u8>> {
    let failure = |what: String| {
        refused(format!("The credential_process of an AWS profile {what}: {profile}"))
    };
    let mut child = Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| failure(format!("cannot be started ({error})")))?;
    let mut group = ProcessGroup(i32::try_from(child.id()).ok());
    let ended = runtime::spawn_blocking(move || {
        let mut output = Vec::new();
        let read = match child.stdout.take() {
            Some(stdout) => stdout.take(LONGEST_OUTPUT + 1).read_to_end(&mut output),
            None => Ok(0),
        };
        Ok((child.wait(), read.map(|_| output)))
    });
    let Ok(ended) = tokio::time::timeout(PROCESS_TIMEOUT, ended).await else {
        return Err(failure(format!("has not ended after {PROCESS_TIMEOUT:?}")));
    };
    let (status, output) = ended?;
    group.0 = None;
    let status = status.map_err(|error| failure(format!("was lost ({error})")))?;
    if !status.success() {
        return Err(failure(format!("failed ({status}); run it by hand to see why")));
    }
    output.map_err(|error| failure(format!("cannot be read ({error})")))
}

/// What a `credential_process` prints: version 1 of its JSON.
fn parse_process_output(output: &[u8], profile: &str) -> Result<Fetched> {
    let malformed = |what: &str| {
        let message = format!("The credential_process of an AWS profile prints {what}: {profile}");
        refused(message)
    };
    let json: serde_json::Value =
        serde_json::from_slice(output).map_err(|_| malformed("something else than JSON"))?;
    if json.get("Version").and_then(serde_json::Value::as_i64) != Some(1) {
        return Err(malformed("JSON whose Version is not 1"));
    }
    let text = |key: &str| json.get(key).and_then(|value| value.as_str()).map(str::to_string);
    let (Some(id), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
        return Err(malformed("JSON without AccessKeyId or SecretAccessKey"));
    };
    let ends = match text("Expiration") {
        Some(time) => {
            Some(parse_time(&time).ok_or_else(|| malformed("an Expiration that is no time"))?)
        }
        None => None,
    };
    let origin = format!("the credential_process of profile {profile}");
    Ok(Fetched { credential: make_credential(&origin, id, secret, text("SessionToken"))?, ends })
}

/// See "AssumeRole" in the API reference of AWS STS.
fn form_of(role: &RoleRequest) -> String {
    let session_name = role.session_name.clone();
    let session_name =
        session_name.unwrap_or_else(|| format!("deltaic-{}", Utc::now().timestamp_millis()));
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "AssumeRole").append_pair("Version", "2011-06-15");
    form.append_pair("RoleArn", &role.arn).append_pair("RoleSessionName", &session_name);
    let optional = [("ExternalId", &role.external_id), ("DurationSeconds", &role.duration_seconds)];
    for (name, value) in optional {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.finish()
}

impl Fetcher {
    async fn post(&self, url: &str, form: &str, credential: &AwsCredential) -> Result<String> {
        let failure = |cause: String| {
            Error::new(
                code::IO,
                format!("AWS STS was not reached to assume a role: {url}: {cause}"),
            )
        };
        let client = ReqwestConnector::default().connect(&self.client)?;
        let mut wait = self.retry.backoff.init_backoff;
        let mut attempt = 1;
        loop {
            let mut request = http::Request::post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(HttpRequestBody::from(form.to_string()))
                .map_err(|error| failure(error.to_string()))?;
            AwsAuthorizer::new(credential, "sts", &self.region).authorize(&mut request, None);
            let answer = match client.execute(request).await {
                Ok(response) => {
                    let status = response.status();
                    let body = response.into_body().bytes().await;
                    body.map(|body| (status, String::from_utf8_lossy(&body).into_owned()))
                }
                Err(error) => Err(error),
            };
            let error = match answer {
                Ok((status, body)) if status.is_success() => return Ok(body),
                Ok((status, body)) if !status.is_server_error() => {
                    return Err(refused(format!(
                        "AWS STS refuses a role ({status}): {}",
                        brief_answer(&body)
                    )));
                }
                Ok((status, body)) => failure(format!("{status}: {}", brief_answer(&body))),
                Err(error) => failure(with_causes(&error)),
            };
            if attempt == ROLE_ATTEMPTS {
                return Err(error);
            }
            attempt += 1;
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.retry.backoff.max_backoff);
        }
    }

    async fn assume(&self, role: &RoleRequest, credential: &AwsCredential) -> Result<Fetched> {
        let url = match &self.sts_endpoint {
            Some(url) => url.clone(),
            None => format!("https://sts.{}.amazonaws.com/", self.region),
        };
        let answer = self.post(&url, &form_of(role), credential).await?;
        let text = |name: &str| element(&answer, name).map(str::to_string);
        let (Some(id), Some(secret), Some(token), Some(ends)) = (
            text("AccessKeyId"),
            text("SecretAccessKey"),
            text("SessionToken"),
            element(&answer, "Expiration").and_then(parse_time),
        ) else {
            return Err(refused(format!("AWS STS gave no credentials for a role: {}", role.arn)));
        };
        let credential = make_credential("AWS STS", id, secret, Some(token))?;
        Ok(Fetched { credential, ends: Some(ends) })
    }

    /// Credentials that `object_store` fetches itself. It fetches none that end within five minutes, and
    /// does not tell when they end.
    async fn by_builder(&self, settings: &[(AmazonS3ConfigKey, &str)]) -> Result<Fetched> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name("none")
            .with_region(&self.region)
            .with_retry(self.retry.clone())
            .with_client_options(self.client.clone());
        for (key, value) in settings {
            builder = builder.with_config(*key, *value);
        }
        if let Some(url) = &self.sts_endpoint {
            builder = builder.with_config(AmazonS3ConfigKey::StsEndpoint, url);
        }
        let credential = builder.build()?.credentials().get_credential().await?;
        Ok(Fetched { credential, ends: Some(Utc::now() + MARGIN) })
    }

    fn fetch_from_environment(profile: &str) -> Result<Fetched> {
        let value = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(id), Some(secret)) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"))
        else {
            let message = "The environment, which an AWS profile names, holds no credentials";
            return Err(refused(format!("{message}: {profile}")));
        };
        let credential =
            make_credential("the environment", id, secret, value("AWS_SESSION_TOKEN"))?;
        Ok(Fetched { credential, ends: None })
    }

    fn fetch<'a>(&'a self, source: &'a Source, profile: &'a str) -> BoxFuture<'a, Result<Fetched>> {
        self.fetch_from(source, profile).boxed()
    }

    async fn fetch_from(&self, source: &Source, profile: &str) -> Result<Fetched> {
        use AmazonS3ConfigKey as Key;
        match source {
            Source::Keys { id, secret, token } => {
                let origin = format!("profile {profile}");
                let credential =
                    make_credential(&origin, id.clone(), secret.clone(), token.clone())?;
                Ok(Fetched { credential, ends: None })
            }
            Source::Process(command) => {
                parse_process_output(&run_process(command, profile).await?, profile)
            }
            Source::WebIdentity { token_file, role } => {
                let mut settings = vec![
                    (Key::WebIdentityTokenFile, token_file.as_str()),
                    (Key::RoleArn, &role.arn),
                ];
                if let Some(name) = &role.session_name {
                    settings.push((Key::RoleSessionName, name));
                }
                self.by_builder(&settings).await
            }
            Source::Environment => Self::fetch_from_environment(profile),
            Source::Container => {
                let variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
                let path = std::env::var(variable).map_err(|_| {
                    refused(format!("A profile needs the variable {variable}: {profile}"))
                })?;
                self.by_builder(&[(Key::ContainerCredentialsRelativeUri, &path)]).await
            }
            Source::Instance => self.by_builder(&[]).await,
            Source::Role(role, inner) => {
                let source = self.fetch(inner, profile).await?;
                self.assume(role, &source.credential).await
            }
        }
    }
}

impl FetchedCredentials {
    async fn fetch(&self) -> Result<Fetched> {
        let fetched = match &self.origin {
            Origin::Profile(files, name) => {
                let source = files.read()?.source(name)?;
                let none = || refused(format!("The AWS profile holds no credentials: {name}"));
                self.fetcher.fetch(&source.ok_or_else(none)?, name).await?
            }
            Origin::Provider(provider) => {
                Fetched { credential: provider.get_credential().await?, ends: None }
            }
        };
        match &self.role {
            Some(role) => self.fetcher.assume(role, &fetched.credential).await,
            None => Ok(fetched),
        }
    }
}

impl std::fmt::Debug for FetchedCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FetchedCredentials").finish_non_exhaustive()
    }
}

#[async_trait]
impl CredentialProvider for FetchedCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut cached = self.cached.lock().await;
        let now = Utc::now();
        let old = cached.as_ref();
        if let Some(old) = old.filter(|old| now < old.renewed_from) {
            return Ok(old.credential.clone());
        }
        match self.fetch().await {
            Ok(Fetched { credential, ends }) => {
                let life = ends.map(|ends| ends - now);
                let until = life.map_or(LIFE_WITHOUT_END, |life| (life - MARGIN).max(life / 2));
                let renewed_from = now + until;
                *cached = Some(Cached { credential: credential.clone(), renewed_from, ends });
                Ok(credential)
            }
            // What still lives serves until the next try.
            Err(error) => match old.filter(|old| old.ends.is_some_and(|ends| now < ends)) {
                Some(old) => Ok(old.credential.clone()),
                None => Err(for_store(error)),
            },
        }
    }
}

#[async_trait]
impl CredentialProvider for NoCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        Err(for_store(refused(
            "There are no AWS credentials: none are in the storage options, the environment or a \
             profile, and AWS_EC2_METADATA_DISABLED forbids to ask the instance.",
        )))
    }
}

impl AwsAccount {
    /// Takes what `object_store` has no setting for.
    pub fn take_from(settings: &mut Settings, retry: &RetryConfig, client: &ClientOptions) -> Self {
        let session_name = settings.take("aws_iam_role_session_name");
        let role = settings.take("aws_iam_role_arn").map(|arn| RoleRequest {
            arn,
            session_name,
            external_id: None,
            duration_seconds: None,
        });
        let (config, credentials) =
            (settings.take("aws_config_file"), settings.take("aws_shared_credentials_file"));
        let disabled = settings.take("aws_ec2_metadata_disabled");
        Self {
            profile: settings.take("aws_profile"),
            files: ProfileFiles::new(config, credentials),
            role,
            is_metadata_disabled: disabled.as_deref() == Some("true"),
            fetcher: Fetcher {
                client: client.clone(),
                retry: retry.clone(),
                sts_endpoint: settings.get("aws_endpoint_url_sts"),
                region: String::new(),
            },
        }
    }

    /// The profiles, if there is the one that is named, or the default one where none is named.
    fn read_profiles(&self) -> Result<Option<Profiles>> {
        match (&self.profile, self.files.read()) {
            (Some(name), Ok(profiles)) => profiles.require(name).map(|()| Some(profiles)),
            (None, Ok(profiles)) => Ok(Some(profiles).filter(|found| found.has(DEFAULT_PROFILE))),
            // Nobody asked for files that this user may not read.
            (None, Err(error)) if error.code() == code::IO => Ok(None),
            (_, Err(error)) => Err(error),
        }
    }
}

const DEFAULT_PROFILE: &str = "default";

/// Gives a builder the region and the credentials of an account, where it lacks them. Credentials are,
/// in this order: keys that are set; those of the profile that is named; a web identity or a container
/// that is set; those of the default profile; those of the instance.
pub fn choose_credentials(
    mut builder: AmazonS3Builder,
    mut account: AwsAccount,
) -> Result<AmazonS3Builder> {
    use AmazonS3ConfigKey as Key;
    let has = |key: Key| builder.get_config_value(&key).is_some();
    let is_unsigned = builder.get_config_value(&Key::SkipSignature).as_deref() == Some("true");
    let has_keys = has(Key::AccessKeyId) || has(Key::SecretAccessKey);
    let has_other = (has(Key::WebIdentityTokenFile) && has(Key::RoleArn))
        || has(Key::ContainerCredentialsRelativeUri)
        || (has(Key::ContainerCredentialsFullUri) && has(Key::ContainerAuthorizationTokenFile));
    let needs_region = !has(Key::Region);
    let needs_profile = !is_unsigned && !has_keys && (account.profile.is_some() || !has_other);

    let name = account.profile.clone().unwrap_or_else(|| DEFAULT_PROFILE.to_string());
    let profiles = match (needs_profile, needs_region) {
        (true, _) => account.read_profiles()?,
        // For a region alone nothing fails: there is a default.
        (false, true) => account.read_profiles().unwrap_or(None),
        (false, false) => None,
    };
    if let (true, Some(region)) =
        (needs_region, profiles.as_ref().and_then(|all| all.region(&name)))
    {
        builder = builder.with_region(region);
    }
    let region = builder.get_config_value(&Key::Region).unwrap_or_else(|| "us-east-1".to_string());
    // It becomes part of a host's name, and of a header.
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if region.is_empty() || !region.chars().all(fits) {
        let message = "The AWS region is malformed. It is that of aws_region or of a profile";
        return Err(Error::new(code::INVALID_ARGUMENT, format!("{message}: {region}")));
    }
    if is_unsigned {
        return Ok(builder);
    }
    account.fetcher.region = region;

    let source = match (&profiles, needs_profile) {
        (Some(profiles), true) => profiles.source(&name)?,
        _ => None,
    };
    let origin = match source {
        Some(_) => Some(Origin::Profile(account.files, name)),
        None if account.is_metadata_disabled && !has_keys && !has_other => {
            Some(Origin::Provider(Arc::new(NoCredentials)))
        }
        None if account.role.is_some() => {
            Some(Origin::Provider(builder.clone().build()?.credentials().clone()))
        }
        None => None,
    };
    Ok(match origin {
        Some(origin) => builder.with_credentials(Arc::new(FetchedCredentials {
            origin,
            role: account.role,
            fetcher: account.fetcher,
            cached: Mutex::new(None),
        })),
        None => builder,
    })
}
