//! The whole contract between C++ and Rust on one page: opaque handles and verbs.
//!
//! Handles, Arrow C data, scalars and strings cross, and structs of these that are declared here, once for
//! both sides. The page names the Rust file of each handle. Every verb that can fail returns an error whose
//! text is `[code] message`.

#![allow(clippy::missing_safety_doc)]

use crate::columnar::batch_formatter::format_batches;
use crate::columnar::batch_receiver::BatchReceiver;
use crate::columnar::time_zone::{parse_time_zone, TimeZone};
use crate::expressions::cancellation_point::StopFlag;
use crate::expressions::expression::{
    column_expression, evaluate_filters, new_expression_list, Expression, ExpressionList,
};
use crate::frames::data_frame::Frame;
use crate::parquet::parquet_encoder::{new_parquet_encoder, ParquetEncoder};
use crate::parquet::parquet_file::ParquetFile;
use crate::pruning::pruning_predicate::{new_pruning_predicate, PruningPredicate};
use crate::scan::file_scan::{new_file_scan_builder, FileScanBuilder};
use crate::session::capsule::{
    datafusion_major_version, free_scalar_function, free_table_provider, make_scalar_function,
    make_table_provider, scalar_function_names,
};
use crate::session::session_context::{new_session, Session};
use crate::sink::file_sink::write_files;
use crate::sql::row_expression::parse_expression;
use crate::sql::spark_expression::parse_spark_expression;
use crate::sql::sql_token::tokenize;
use crate::store::listing::Listing;
use crate::store::object_store::{open_store, Blob, BlobList, Store};
use crate::store::object_writer::ObjectWriter;
use crate::tables::instant::parse_instant;
use crate::tables::table_function::FunctionCall;

// The code that cxx generates panics where a C++ string cannot be made.
#[allow(clippy::panic)]
#[cxx::bridge(namespace = "deltaic::bridge")]
pub mod bridge {
    /// A named setting.
    struct Pair {
        key: String,
        value: String,
    }

    /// What a listing tells about an object.
    struct ObjectEntry {
        location: String,
        size: i64,
        last_modified_ms: i64,
    }

    /// What is read of a table.
    struct TableScan {
        /// Whether all columns are; `columns` is empty then.
        all_columns: bool,
        columns: Vec<String>,
        /// SQL; all of them are true for the rows that are read.
        predicates: Vec<String>,
    }

    /// The names of a column and of fields that lead to one in it.
    struct FieldPath {
        names: Vec<String>,
    }

    /// What makes files of rows, but for stores and Arrow data: see `FileSink` in datafusion/writing/file_sink.h.
    struct FileSink {
        partition_columns: Vec<String>,
        statistics: Vec<FieldPath>,
        /// How errors call the checks, in their order.
        check_names: Vec<String>,
        target_file_size: i64,
        max_open_files: i64,
        memory_limit: i64,
        properties: Vec<Pair>,
        created_by: String,
        namer: SharedPtr<FileNamer>,
    }

    /// Rows of a file from `begin` to before `end`.
    struct RowRange {
        begin: i64,
        end: i64,
    }

    /// What of parquet::file::properties::WriterProperties is set.
    struct EncoderSettings {
        created_by: String,
        compression: String,
        row_group_rows: usize,
        /// Leaves without a dictionary, as paths with dots.
        plain_columns: Vec<String>,
    }

    /// Columns of a table that are unique together, by position.
    struct UniqueKey {
        columns: Vec<i32>,
        is_primary: bool,
    }

    /// What datafusion::catalog::TableProvider tells beside its scans.
    struct TableDescription {
        keys: Vec<UniqueKey>,
        /// The SQL of a column's default, by the column's name.
        defaults: Vec<Pair>,
        /// SQL; empty where the table has none.
        definition: String,
    }

    /// The arguments of datafusion::catalog::TableProvider::scan.
    struct ScanRequest {
        /// Whether all columns are wanted; `columns` is empty then.
        all_columns: bool,
        columns: Vec<i32>,
        filters: Vec<Expression>,
        /// -1 where there is none.
        limit: i64,
    }

    /// What makes a datafusion::datasource::physical_plan::FileScanConfig, but for stores and Arrow data: see
    /// `FileScan` in datafusion/table_provider.h.
    struct FileScan {
        /// Whether the table has all columns of the files, in their order; `columns` is empty then.
        all_columns: bool,
        /// The table's columns, counted through those of files, partition columns and the packed one.
        columns: Vec<i32>,
        /// Has the reader evaluate filters while it decodes, whatever the session says.
        use_row_filters: bool,
        /// The name of a column in which others are packed; empty where there is none.
        packed_name: String,
        packed_fields: Vec<String>,
        row_index: String,
        missing_file_note: String,
        annotations: Vec<Pair>,
        /// Describes the files where they are not described with the scan; may be null.
        lister: UniquePtr<FileLister>,
        /// Tells the rows to skip of files that have some; may be null.
        row_skipper: SharedPtr<RowSkipper>,
    }

    /// What datafusion::logical_expr::CreateExternalTable says, but for its columns.
    struct ExternalTable {
        name: String,
        locations: Vec<String>,
        options: Vec<Pair>,
        partition_columns: Vec<String>,
        /// The clauses given that are none of the above, as text.
        other_clauses: String,
        /// The session's; empty where it has none.
        time_zone: String,
    }

    enum ArgumentKind {
        Null,
        Boolean,
        Integer,
        Number,
        Text,
        Time,
        Other,
    }

    /// A constant argument of a table function.
    struct FunctionArgument {
        /// Empty for an argument without a name.
        name: String,
        kind: ArgumentKind,
        /// Of any kind.
        text: String,
        boolean: bool,
        integer: i64,
        /// Whether it is a point in time: a time, or a text that says one.
        is_instant: bool,
        /// Microseconds since the Unix epoch.
        instant: i64,
    }

    /// What a table function answers: one of both, the other is null.
    struct FunctionResult {
        table: SharedPtr<TableCallback>,
        rows: SharedPtr<RowsCallback>,
    }

    /// What a walk over an expression tells.
    struct ExpressionFacts {
        /// The names of its columns, each once, sorted.
        columns: Vec<String>,
        is_deterministic: bool,
        is_infallible: bool,
    }

    /// What a token of SQL text is.
    enum SqlTokenKind {
        Word,
        QuotedWord,
        SingleQuoted,
        DoubleQuoted,
        /// A literal text in any other quotes.
        OtherText,
        Number,
        /// Blanks, line ends, comments.
        Space,
        Symbol,
    }

    /// A place in a text, counted in characters from 1; 0 where there is none.
    #[derive(Clone, Copy, Default)]
    struct SqlPlace {
        line: usize,
        column: usize,
    }

    struct SqlToken {
        kind: SqlTokenKind,
        /// Without its quotes and what is escaped in them; empty for what is between tokens.
        text: String,
        /// Its bytes in the text.
        begin: usize,
        end: usize,
        place: SqlPlace,
    }

    /// The tokens of a text as far as it has some.
    struct SqlTokens {
        tokens: Vec<SqlToken>,
        /// Why there are no more of them; empty where these are all.
        failure: String,
        failure_place: SqlPlace,
    }

    /// What the parser reads in place of a token.
    enum SqlEditKind {
        /// The tokens of a text, which may have none.
        Tokens,
        /// A name, in double quotes.
        Name,
        /// A literal, in single quotes.
        Text,
    }

    /// An exchange of one token. Those of one token follow each other.
    struct SqlEdit {
        index: usize,
        kind: SqlEditKind,
        text: String,
    }

    /// Which rows a statement changes.
    struct RowCondition {
        /// Whether the columns of the table alone decide: the rows are those for which `filter`, which has
        /// one expression at most, is true.
        is_filtered: bool,
        filter: Vec<Expression>,
        has_text: bool,
        text: String,
    }

    /// A name that says a version of a table, taken apart.
    struct VersionedName {
        /// Whether it says one; the rest is empty where it does not.
        found: bool,
        name: String,
        is_time: bool,
        /// A version, or microseconds since the Unix epoch.
        value: i64,
    }

    unsafe extern "C++" {
        include!("datafusion/callbacks.h");

        #[namespace = ""]
        type ArrowSchema;
        #[namespace = ""]
        type ArrowArray;
        #[namespace = ""]
        type ArrowArrayStream;

        /// Whether the calling thread's cancel scope asks to stop.
        fn cancel_requested() -> bool;

        /// Counts rows, bytes and files that were written.
        fn count_work(rows: i64, bytes: i64, files: i64);

        /// Credentials in texts, as C++ knows them.
        fn redact(text: &str) -> String;
        fn redact_url(url: &str) -> String;
        fn is_secret_key(key: &str) -> bool;
        fn remember_option(key: &str, value: &str);
        fn remember_url(url: &str);

        /// A C++ table.
        type TableCallback;
        unsafe fn export_schema(self: &TableCallback, out: *mut ArrowSchema) -> Result<()>;
        fn describe(self: &TableCallback) -> Result<TableDescription>;
        /// Whether the choice of files decides the filter for every row.
        fn decides(self: &TableCallback, filter: &Expression) -> Result<bool>;
        fn statistics(self: &TableCallback, statistics: &mut BatchReceiver) -> Result<()>;
        fn scan(
            self: &TableCallback,
            request: &ScanRequest,
            scan: &mut FileScanBuilder,
        ) -> Result<()>;
        /// Returns how many rows were written.
        fn insert(
            self: &TableCallback,
            rows: Box<Frame>,
            overwrites: bool,
            stop: &StopFlag,
        ) -> Result<i64>;
        /// The same state of the table with a column, the last, that tells its rows apart.
        fn with_identity(self: &TableCallback) -> Result<SharedPtr<TableCallback>>;
        /// Returns how many rows were deleted.
        fn remove(
            self: &TableCallback,
            identities: Box<Frame>,
            condition: &RowCondition,
            stop: &StopFlag,
        ) -> Result<i64>;
        fn identity(self: &TableCallback) -> usize;
        /// What a changing table is now; null if it does not change.
        fn current(self: &TableCallback) -> Result<SharedPtr<TableCallback>>;
        /// `value` is a version, or microseconds since the Unix epoch.
        fn at_version(
            self: &TableCallback,
            is_time: bool,
            value: i64,
        ) -> Result<SharedPtr<TableCallback>>;

        /// Describes the files of a scan.
        type FileLister;
        fn list(self: &FileLister, files: &mut BatchReceiver) -> Result<()>;

        /// Tells the rows to skip of a file of a scan.
        type RowSkipper;
        fn rows_to_skip(
            self: &RowSkipper,
            descriptor: &str,
            rows: &mut BatchReceiver,
        ) -> Result<()>;

        /// Names files that are written.
        type FileNamer;
        /// Takes the values over, one row.
        unsafe fn name_file(
            self: &FileNamer,
            schema: *mut ArrowSchema,
            partition: *mut ArrowArray,
        ) -> Result<String>;

        /// A C++ table resolver.
        type ResolverCallback;
        /// The table of that name; null if there is none.
        fn resolve(self: &ResolverCallback, name: &str) -> Result<SharedPtr<TableCallback>>;
        fn split_version(self: &ResolverCallback, name: &str) -> Result<VersionedName>;

        /// A C++ catalog.
        type CatalogCallback;
        fn schema_names(self: &CatalogCallback) -> Result<Vec<String>>;
        fn table_names(self: &CatalogCallback, schema: &str) -> Result<Vec<String>>;
        /// Null if there is none.
        fn find_table(
            self: &CatalogCallback,
            schema: &str,
            name: &str,
        ) -> Result<SharedPtr<TableCallback>>;

        /// A C++ table factory.
        type FactoryCallback;
        /// Takes the columns over.
        unsafe fn create(
            self: &FactoryCallback,
            table: &ExternalTable,
            columns: *mut ArrowSchema,
        ) -> Result<SharedPtr<TableCallback>>;

        /// A C++ table function.
        type FunctionCallback;
        fn call(
            self: &FunctionCallback,
            arguments: &Vec<FunctionArgument>,
            call: &FunctionCall,
        ) -> Result<FunctionResult>;

        /// Rows that C++ makes.
        type RowsCallback;
        unsafe fn export_schema(self: &RowsCallback, out: *mut ArrowSchema) -> Result<()>;
        unsafe fn open(self: &RowsCallback, out: *mut ArrowArrayStream) -> Result<()>;
    }

    extern "Rust" {
        // store/object_store.rs: object_store::ObjectStore, rooted at a URL.
        type Store;
        type Blob;
        type BlobList;
        fn open_store(url: &str, given: Vec<Pair>, settings: Vec<Pair>) -> Result<Box<Store>>;
        fn url(self: &Store) -> &str;
        fn root(self: &Store) -> &str;
        fn name(self: &Store) -> &str;
        fn can_list(self: &Store) -> bool;
        fn allow_links_to(self: &Store, other: &Store);
        fn get(self: &Store, location: &str) -> Result<Box<Blob>>;
        fn get_range(self: &Store, location: &str, offset: i64, length: i64) -> Result<Box<Blob>>;
        fn get_many(self: &Store, locations: Vec<String>) -> Result<Box<BlobList>>;
        /// No entry, or one.
        fn head(self: &Store, location: &str) -> Result<Vec<ObjectEntry>>;
        fn list(self: &Store, prefix: &str, start_after: &str) -> Result<Vec<ObjectEntry>>;
        fn list_below(self: &Store, prefix: &str, start_after: &str) -> Result<Box<Listing>>;
        fn has_objects(self: &Store, prefix: &str) -> Result<bool>;
        fn list_folders(self: &Store, prefix: &str) -> Result<Vec<String>>;
        /// False if there was an object.
        fn put_if_absent(self: &Store, location: &str, bytes: &[u8]) -> Result<bool>;
        fn put(self: &Store, location: &str, bytes: &[u8]) -> Result<()>;
        fn remove(self: &Store, location: &str) -> Result<()>;
        fn remove_many(self: &Store, locations: Vec<String>) -> Result<()>;
        fn open_writer(self: &Store, location: &str) -> Result<Box<ObjectWriter>>;
        fn open_parquet(self: &Store, location: &str, size: i64) -> Result<Box<ParquetFile>>;
        fn bytes(self: &Blob) -> &[u8];
        fn take(self: &mut BlobList, index: usize) -> Result<Box<Blob>>;

        // store/listing.rs: a listing of an object_store, in pages.
        type Listing;
        /// Empty at the end.
        fn next_page(self: &mut Listing) -> Result<Vec<ObjectEntry>>;

        // store/object_writer.rs: object_store::MultipartUpload.
        type ObjectWriter;
        fn append(self: &mut ObjectWriter, bytes: &[u8]) -> Result<()>;
        fn finish(self: &mut ObjectWriter) -> Result<()>;
        fn abort(self: &mut ObjectWriter) -> Result<()>;

        // parquet/parquet_file.rs: parquet::arrow::arrow_reader, over one file.
        type ParquetFile;
        fn is_null(self: &ParquetFile, column: &str) -> bool;
        fn stored_size(self: &ParquetFile, column: &str) -> i64;
        fn num_rows(self: &ParquetFile) -> i64;
        fn split_rows(self: &ParquetFile, parts: usize) -> Vec<RowRange>;
        /// One batch.
        unsafe fn bounds(
            self: &ParquetFile,
            columns: Vec<String>,
            out: *mut ArrowArrayStream,
        ) -> Result<()>;
        /// The columns, by the types of Parquet alone; INT96 are instants.
        unsafe fn schema(self: &ParquetFile, out: *mut ArrowSchema) -> Result<()>;
        /// One batch of one row. Takes the types over.
        unsafe fn statistics(
            self: &ParquetFile,
            columns: Vec<FieldPath>,
            types: *mut ArrowSchema,
            out: *mut ArrowArrayStream,
        ) -> Result<()>;
        /// No rows are all rows.
        unsafe fn read(
            self: &ParquetFile,
            columns: Vec<String>,
            rows: &[RowRange],
            out: *mut ArrowArrayStream,
        ) -> Result<()>;

        // parquet/parquet_encoder.rs: parquet::arrow::ArrowWriter, into memory.
        type ParquetEncoder;
        unsafe fn new_parquet_encoder(
            schema: *mut ArrowSchema,
            settings: &EncoderSettings,
        ) -> Result<Box<ParquetEncoder>>;
        unsafe fn write(
            self: &mut ParquetEncoder,
            schema: *mut ArrowSchema,
            batch: *mut ArrowArray,
            all_rows: bool,
            rows: &[u32],
        ) -> Result<()>;
        fn take(self: &mut ParquetEncoder) -> Result<Vec<u8>>;
        fn finish(self: &mut ParquetEncoder) -> Result<Vec<u8>>;

        // columnar/time_zone.rs: arrow::array::timezone::Tz.
        type TimeZone;
        fn parse_time_zone(name: &str) -> Result<Box<TimeZone>>;
        /// The least integer where there is none.
        fn to_utc(self: &TimeZone, local_micros: i64) -> i64;

        // expressions/expression.rs: datafusion::logical_expr::Expr.
        type Expression;
        type ExpressionList;
        unsafe fn parse_expression(sql: &str, schema: *mut ArrowSchema) -> Result<Box<Expression>>;
        unsafe fn parse_spark_expression(
            sql: &str,
            schema: *mut ArrowSchema,
        ) -> Result<Box<Expression>>;
        fn column_expression(name: &str) -> Result<Box<Expression>>;
        fn text(self: &Expression) -> String;
        fn facts(self: &Expression) -> ExpressionFacts;
        fn copy(self: &Expression) -> Box<Expression>;
        fn new_expression_list() -> Box<ExpressionList>;
        fn push(self: &mut ExpressionList, expression: &Expression);
        /// Appends a byte a row to `out`: 1 where the conjunction is true.
        unsafe fn evaluate_filters(
            filters: &ExpressionList,
            schema: *mut ArrowSchema,
            batch: *mut ArrowArray,
            out: &mut Vec<u8>,
        ) -> Result<()>;

        // pruning/pruning_predicate.rs: a predicate over the statistics of containers, as DataFusion's
        // PruningPredicate is one.
        type PruningPredicate;
        unsafe fn new_pruning_predicate(
            filters: &ExpressionList,
            schema: *mut ArrowSchema,
        ) -> Result<Box<PruningPredicate>>;
        fn always_true(self: &PruningPredicate) -> bool;
        fn columns(self: &PruningPredicate) -> Vec<String>;
        /// Appends a byte a container to `out`: 0 if it holds no match.
        unsafe fn may_match(
            self: &PruningPredicate,
            schema: *mut ArrowSchema,
            statistics: *mut ArrowArray,
            out: &mut Vec<u8>,
        ) -> Result<()>;

        // columnar/batch_receiver.rs: arrow's RecordBatch, from a callback.
        type BatchReceiver;
        unsafe fn receive(
            self: &mut BatchReceiver,
            schema: *mut ArrowSchema,
            rows: *mut ArrowArray,
        ) -> Result<()>;

        // scan/file_scan.rs: datafusion::datasource::physical_plan::FileScanConfig.
        type FileScanBuilder;
        fn add_store(self: &mut FileScanBuilder, store: &Store);
        /// `stored_schema` is null where files have the names of the file schema.
        unsafe fn set_schemas(
            self: &mut FileScanBuilder,
            file_schema: *mut ArrowSchema,
            partition_schema: *mut ArrowSchema,
            stored_schema: *mut ArrowSchema,
        ) -> Result<()>;
        unsafe fn set_files(
            self: &mut FileScanBuilder,
            schema: *mut ArrowSchema,
            files: *mut ArrowArray,
        ) -> Result<()>;
        /// `packed` are the values of the packed fields.
        fn describe(
            self: &mut FileScanBuilder,
            scan: FileScan,
            packed: &ExpressionList,
        ) -> Result<()>;
        fn new_file_scan_builder() -> Box<FileScanBuilder>;
        unsafe fn statistics(
            self: &mut FileScanBuilder,
            schema_out: *mut ArrowSchema,
            out: *mut ArrowArray,
        ) -> Result<()>;

        // session/session_context.rs: datafusion::prelude::SessionContext.
        type Session;
        fn new_session(settings: Vec<Pair>) -> Result<Box<Session>>;
        fn register_table(
            self: &Session,
            name: &str,
            table: SharedPtr<TableCallback>,
        ) -> Result<()>;
        unsafe fn register_stream(
            self: &Session,
            name: &str,
            stream: *mut ArrowArrayStream,
        ) -> Result<()>;
        /// Null if there is none.
        fn find_table(self: &Session, name: &str) -> Result<SharedPtr<TableCallback>>;
        fn deregister_table(self: &Session, name: &str) -> Result<bool>;
        fn set_resolver(self: &Session, resolver: UniquePtr<ResolverCallback>) -> Result<()>;
        fn setting(self: &Session, name: &str) -> Result<String>;
        fn register_catalog(
            self: &Session,
            name: &str,
            catalog: UniquePtr<CatalogCallback>,
        ) -> Result<()>;
        fn register_function(
            self: &Session,
            name: &str,
            function: UniquePtr<FunctionCallback>,
        ) -> Result<()>;
        fn register_factory(
            self: &Session,
            format: &str,
            factory: UniquePtr<FactoryCallback>,
        ) -> Result<()>;
        fn protect_folder(self: &Session, name: &str) -> Result<()>;
        fn tokenize(self: &Session, sql: &str) -> Result<SqlTokens>;
        /// `place` is where in the text an error is, if that is known. The edits are in the order of
        /// the tokens.
        fn sql(
            self: &Session,
            sql: &str,
            edits: Vec<SqlEdit>,
            place: &mut SqlPlace,
        ) -> Result<Box<Frame>>;
        /// Whether a query changes a C++ table when it runs.
        fn changes_table(self: &Session, frame: &Frame) -> Result<bool>;
        fn read_table(self: &Session, table: SharedPtr<TableCallback>) -> Result<Box<Frame>>;
        fn read_rows(self: &Session, rows: SharedPtr<RowsCallback>) -> Result<Box<Frame>>;
        unsafe fn scan_table(
            self: &Session,
            table: SharedPtr<TableCallback>,
            scan: TableScan,
            out: *mut ArrowArrayStream,
        ) -> Result<()>;

        // sql/sql_token.rs: sqlparser::tokenizer::Tokenizer, of the dialect that sessions have at first.
        fn tokenize(sql: &str) -> Result<SqlTokens>;

        // tables/instant.rs: arrow's casts of texts to timestamps.
        /// Microseconds since the Unix epoch; an empty zone is UTC.
        fn parse_instant(text: &str, time_zone: &str) -> Result<i64>;

        // tables/table_function.rs: the session in which a table function is called.
        type FunctionCall;
        /// Null if there is none.
        fn find_table(self: &FunctionCall, name: &str) -> Result<SharedPtr<TableCallback>>;
        fn names_version(self: &FunctionCall, name: &str) -> Result<bool>;

        // expressions/cancellation_point.rs: whether anybody waits for a plan that runs.
        type StopFlag;
        fn is_set(self: &StopFlag) -> bool;

        // frames/data_frame.rs: datafusion::prelude::DataFrame.
        type Frame;
        unsafe fn export_schema(self: &Frame, out: *mut ArrowSchema) -> Result<()>;
        fn filter(self: &Frame, predicate: &str) -> Result<Box<Frame>>;
        fn select(self: &Frame, columns: Vec<String>) -> Result<Box<Frame>>;
        fn project(
            self: &Frame,
            names: Vec<String>,
            columns: &ExpressionList,
        ) -> Result<Box<Frame>>;
        unsafe fn conform(
            self: &Frame,
            sources: Vec<String>,
            target: *mut ArrowSchema,
            parses_texts: bool,
        ) -> Result<Box<Frame>>;
        fn number_rows(self: &Frame, name: &str) -> Result<Box<Frame>>;
        fn limit(self: &Frame, rows: i64) -> Result<Box<Frame>>;
        fn explain(self: &Frame, analyze: bool) -> Result<String>;
        fn count(self: &Frame) -> Result<i64>;
        unsafe fn execute_stream(self: &Frame, out: *mut ArrowArrayStream) -> Result<()>;
        /// Waits for what streams of it that have ended still do.
        fn settle(self: &Frame) -> Result<()>;

        // sink/file_sink.rs: parquet::arrow::arrow_writer, over the partitions of a DataFrame.
        /// `stored_schema` is null where files have the names of the schema; see `WriteFiles`.
        #[allow(clippy::too_many_arguments)]
        unsafe fn write_files(
            frame: &Frame,
            store: &Store,
            schema: *mut ArrowSchema,
            stored_schema: *mut ArrowSchema,
            checks: &ExpressionList,
            sink: FileSink,
            schema_out: *mut ArrowSchema,
            out: *mut ArrowArray,
        ) -> Result<()>;

        // columnar/batch_formatter.rs: arrow's pretty printer, CSV and JSON writers.
        unsafe fn format_batches(
            stream: *mut ArrowArrayStream,
            format: &str,
            header: bool,
        ) -> Result<String>;

        // session/capsule.rs: datafusion_ffi::table_provider::FFI_TableProvider.
        unsafe fn make_table_provider(
            table: SharedPtr<TableCallback>,
            logical_codec: usize,
        ) -> Result<usize>;
        unsafe fn free_table_provider(provider: usize);
        // … and datafusion_ffi::udf::FFI_ScalarUDF.
        fn scalar_function_names() -> Vec<String>;
        fn make_scalar_function(name: &str) -> Result<usize>;
        unsafe fn free_scalar_function(function: usize);
        fn datafusion_major_version() -> i32;
    }
}

// C++ promises that these callbacks may be used from any thread (callbacks.h).
unsafe impl Send for bridge::TableCallback {}
unsafe impl Sync for bridge::TableCallback {}
unsafe impl Send for bridge::FileLister {}
unsafe impl Sync for bridge::FileLister {}
unsafe impl Send for bridge::RowSkipper {}
unsafe impl Sync for bridge::RowSkipper {}
unsafe impl Send for bridge::FileNamer {}
unsafe impl Sync for bridge::FileNamer {}
unsafe impl Send for bridge::RowsCallback {}
unsafe impl Sync for bridge::RowsCallback {}
