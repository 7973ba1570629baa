//! Profiles of AWS: the files `~/.aws/config` and `~/.aws/credentials`, and where they say that
//! credentials come from. See "Shared config and credentials files" in the reference guide of the AWS
//! SDKs.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::border::error::{code, Error, Result};

/// Longer files are no files of profiles.
const LONGEST_FILE: u64 = 1 << 20;

/// Profiles that name each other as sources, one after the other.
const LONGEST_CHAIN: usize = 16;

/// What a profile says, by its keys in lower case.
type Profile = BTreeMap<String, String>;

#[derive(Debug, Clone)]
pub struct ProfileFiles {
    pub config: PathBuf,
    pub credentials: PathBuf,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleRequest {
    pub arn: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    pub duration_seconds: Option<String>,
}

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
    /// A command that prints them.
    Process(String),
    WebIdentity {
        token_file: String,
        role: RoleRequest,
    },
    Environment,
    Container,
    Instance,
    Role(RoleRequest, Box<Source>),
}

/// The profiles of both files.
pub struct Profiles {
    files: ProfileFiles,
    by_name: BTreeMap<String, Profile>,
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(code::INVALID_ARGUMENT, message)
}

/// Text without a comment, which starts at a line's start, or after a space in it.
fn without_comment(line: &str) -> &str {
    if line.starts_with(['#', ';']) {
        return "";
    }
    let starts = [" #", " ;", "\t#", "\t;"].iter().filter_map(|start| line.find(start)).min();
    line[..starts.unwrap_or(line.len())].trim_end()
}

/// The profile that a section's heading names; those of other things have none. In the file of
/// credentials the heading is the name.
fn profile_of(heading: &str, is_credentials: bool) -> Option<String> {
    let heading = heading.trim();
    if is_credentials || heading == "default" {
        return Some(heading.to_string());
    }
    let name = heading.strip_prefix("profile")?;
    if !name.starts_with([' ', '\t']) {
        return None;
    }
    Some(name.trim().trim_matches(['"', '\'']).to_string())
}

fn read_text(path: &Path) -> Result<String> {
    let unreadable =
        |error: std::io::Error| Error::new(code::IO, format!("{}: {error}", path.display()));
    let file = match std::fs::File::open(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(String::new())
        }
        file => file.map_err(unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(invalid(format!("A file of AWS profiles is too long: {}", path.display())));
    }
    String::from_utf8(bytes)
        .map_err(|_| invalid(format!("A file of AWS profiles is not UTF-8: {}", path.display())))
}

fn parse_file(
    path: &Path,
    text: &str,
    is_credentials: bool,
    into: &mut BTreeMap<String, Profile>,
) -> Result<()> {
    let mut profile: Option<String> = None;
    let mut in_section = false;
    for (index, line) in text.lines().enumerate() {
        let malformed = || {
            let place = format!("{} line {}", path.display(), index + 1);
            invalid(format!("A file of AWS profiles is malformed: {place}"))
        };
        // Properties of a property, such as those of `s3 =`, say nothing of credentials.
        if line.starts_with([' ', '\t']) || without_comment(line).is_empty() {
            continue;
        }
        let line = without_comment(line);
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.split_once(']').ok_or_else(malformed)?.0;
            profile = profile_of(heading, is_credentials);
            in_section = true;
            if let Some(name) = &profile {
                into.entry(name.clone()).or_default();
            }
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(malformed)?;
        if !in_section {
            return Err(malformed());
        }
        if let Some(name) = &profile {
            let values = into.entry(name.clone()).or_default();
            values.insert(key.trim().to_ascii_lowercase(), value.trim().to_string());
        }
    }
    Ok(())
}

impl ProfileFiles {
    /// The files of these paths, or those of the home directory.
    pub fn new(config: Option<String>, credentials: Option<String>) -> Self {
        let home = std::env::home_dir().unwrap_or_default();
        let place = |path: Option<String>, name: &str| match path {
            Some(path) => match path.strip_prefix("~/") {
                Some(rest) => home.join(rest),
                None => PathBuf::from(path),
            },
            None => home.join(".aws").join(name),
        };
        Self { config: place(config, "config"), credentials: place(credentials, "credentials") }
    }

    /// What the files say now; one that is not there says nothing.
    pub fn read(&self) -> Result<Profiles> {
        let mut by_name = BTreeMap::new();
        parse_file(&self.config, &read_text(&self.config)?, false, &mut by_name)?;
        // Where both files have a value, that of the credentials counts.
        parse_file(&self.credentials, &read_text(&self.credentials)?, true, &mut by_name)?;
        Ok(Profiles { files: self.clone(), by_name })
    }
}

impl Profiles {
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub fn region(&self, name: &str) -> Option<&str> {
        self.by_name.get(name)?.get("region").map(String::as_str)
    }

    /// Fails unless there is a profile of that name.
    pub fn require(&self, name: &str) -> Result<()> {
        self.find(name).map(|_| ())
    }

    fn find(&self, name: &str) -> Result<&Profile> {
        self.by_name.get(name).ok_or_else(|| {
            let (config, credentials) =
                (self.files.config.display(), self.files.credentials.display());
            invalid(format!("The AWS profile is in neither {config} nor {credentials}: {name}"))
        })
    }

    /// Where the credentials of a profile come from; nothing where it has none.
    pub fn source(&self, name: &str) -> Result<Option<Source>> {
        self.source_after(name, &mut Vec::new())
    }

    fn source_after(&self, name: &str, before: &mut Vec<String>) -> Result<Option<Source>> {
        let profile = self.find(name)?;
        let value = |key: &str| profile.get(key).filter(|value| !value.is_empty()).cloned();
        // A profile may name itself as the source: then its keys are meant.
        let is_repeated = before.iter().any(|other| other == name);
        if let (Some(arn), false) = (value("role_arn"), is_repeated) {
            before.push(name.to_string());
            return self.source_of_role(name, profile, arn, before).map(Some);
        }
        if let (Some(id), Some(secret)) =
            (value("aws_access_key_id"), value("aws_secret_access_key"))
        {
            return Ok(Some(Source::Keys { id, secret, token: value("aws_session_token") }));
        }
        if let Some(command) = value("credential_process") {
            return Ok(Some(Source::Process(command)));
        }
        if value("sso_session").or(value("sso_start_url")).is_some() {
            return Err(Error::new(
                code::NOT_IMPLEMENTED,
                format!(
                    "Single sign-on (SSO) of AWS profiles is not supported; set credential_process = \
                     aws configure export-credentials --profile NAME in another profile: {name}"
                ),
            ));
        }
        match is_repeated {
            true => Err(invalid(format!("AWS profiles name each other as their source: {name}"))),
            false => Ok(None),
        }
    }

    fn source_of_role(
        &self,
        name: &str,
        profile: &Profile,
        arn: String,
        before: &mut Vec<String>,
    ) -> Result<Source> {
        let value = |key: &str| profile.get(key).filter(|value| !value.is_empty()).cloned();
        if value("mfa_serial").is_some() {
            let message = "Roles that ask for a second factor (mfa_serial) are not supported";
            return Err(Error::new(code::NOT_IMPLEMENTED, format!("{message}: {name}")));
        }
        let role = RoleRequest {
            arn,
            session_name: value("role_session_name"),
            external_id: value("external_id"),
            duration_seconds: value("duration_seconds"),
        };
        if let Some(token_file) = value("web_identity_token_file") {
            return Ok(Source::WebIdentity { token_file, role });
        }
        let source = match (value("source_profile"), value("credential_source").as_deref()) {
            (Some(_), None) if before.len() > LONGEST_CHAIN => None,
            (Some(other), None) => self.source_after(&other, before)?,
            (None, Some("Environment")) => Some(Source::Environment),
            (None, Some("EcsContainer")) => Some(Source::Container),
            (None, Some("Ec2InstanceMetadata")) => Some(Source::Instance),
            _ => None,
        };
        let source = source.ok_or_else(|| {
            invalid(format!(
                "The role of an AWS profile lacks a source of credentials (source_profile with \
                 credentials, or credential_source): {name}"
            ))
        })?;
        Ok(Source::Role(role, Box::new(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(config: &str, credentials: &str) -> Result<Profiles> {
        let files = ProfileFiles { config: "config".into(), credentials: "credentials".into() };
        let mut by_name = BTreeMap::new();
        parse_file(&files.config, config, false, &mut by_name)?;
        parse_file(&files.credentials, credentials, true, &mut by_name)?;
        Ok(Profiles { files, by_name })
    }

    fn keys(id: &str, secret: &str) -> Source {
        Source::Keys { id: id.to_string(), secret: secret.to_string(), token: None }
    }

    #[test]
    fn values_of_credentials_win_over_those_of_the_configuration() -> Result<()> {
        let config = "# comment\n[default]\nregion = eu-north-1 # far\naws_access_key_id=a\n\
                      s3 =\n  addressing_style = path\n[profile \"two words\"]\nRegion=x\n\
                      [sso-session s]\nregion = y\n[profilex]\nregion = z\n";
        let credentials = "[default]\naws_access_key_id = b\naws_secret_access_key = c#d\n";
        let found = profiles(config, credentials)?;
        assert_eq!(found.source("default")?, Some(keys("b", "c#d")));
        assert_eq!(found.region("default"), Some("eu-north-1"));
        assert_eq!(found.region("two words"), Some("x"));
        assert_eq!(found.source("two words")?, None);
        assert!(!found.has("s") && !found.has("profilex"));
        let Err(error) = found.source("three") else { return Err(invalid("found")) };
        assert!(error.message().contains("neither config nor credentials: three"), "{error}");
        Ok(())
    }

    #[test]
    fn roles_lead_to_their_sources() -> Result<()> {
        let config = "[profile a]\nrole_arn = A\nsource_profile = b\nexternal_id = e\n\
                      [profile b]\nrole_arn = B\nsource_profile = b\n\
                      [profile c]\nrole_arn = C\ncredential_source = Ec2InstanceMetadata\n\
                      [profile d]\ncredential_process = cat x\n\
                      [profile w]\nrole_arn = W\nweb_identity_token_file = t\n";
        let found = profiles(config, "[b]\naws_access_key_id = i\naws_secret_access_key = s\n")?;
        let role = |arn: &str, external_id: Option<&str>| RoleRequest {
            arn: arn.to_string(),
            session_name: None,
            external_id: external_id.map(str::to_string),
            duration_seconds: None,
        };
        let b = Source::Role(role("B", None), Box::new(keys("i", "s")));
        assert_eq!(found.source("a")?, Some(Source::Role(role("A", Some("e")), Box::new(b))));
        let c = Source::Role(role("C", None), Box::new(Source::Instance));
        assert_eq!(found.source("c")?, Some(c));
        assert_eq!(found.source("d")?, Some(Source::Process("cat x".to_string())));
        let w = Source::WebIdentity { token_file: "t".to_string(), role: role("W", None) };
        assert_eq!(found.source("w")?, Some(w));
        Ok(())
    }

    #[test]
    fn what_cannot_be_followed_is_named() -> Result<()> {
        let config = "[profile loop]\nrole_arn = A\nsource_profile = back\n\
                      [profile back]\nrole_arn = B\nsource_profile = loop\n\
                      [profile bare]\nrole_arn = A\n\
                      [profile mfa]\nrole_arn = A\nsource_profile = bare\nmfa_serial = m\n\
                      [profile sso]\nsso_session = s\n";
        let found = profiles(config, "")?;
        for (name, wanted) in [
            ("loop", "name each other"),
            ("bare", "lacks a source"),
            ("mfa", "mfa_serial"),
            ("sso", "SSO"),
        ] {
            let Err(error) = found.source(name) else { return Err(invalid(name)) };
            assert!(error.message().contains(wanted), "{error}");
        }
        for text in ["x = 1\n", "[default\n", "[default]\nno equals sign\n"] {
            let Err(error) = profiles(text, "") else { return Err(invalid(text)) };
            assert!(error.message().contains("config line"), "{error}");
        }
        Ok(())
    }
}
