"""A session of Spark with Delta Lake that answers SQL, a JSON line for a JSON line.

Usage: spark_worker.py JARS, run by the interpreter of scripts/setup/spark. It knows nothing of this
project. A request is {"sql": text}; the answer {"rows": [[…]]} or {"error": text}. Values that JSON
lacks are texts.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyspark.sql import Row, SparkSession


def value_of(value: Any) -> Any:
    if isinstance(value, Row):
        return {name: value_of(field) for name, field in value.asDict().items()}
    if isinstance(value, dict):
        return [[value_of(key), value_of(item)] for key, item in value.items()]
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return repr(value) if isinstance(value, float) else str(value)


def main() -> None:
    # What libraries print must not mix with answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ["TZ"] = "UTC"
    jars = ",".join(str(jar) for jar in Path(sys.argv[1]).glob("*.jar"))
    settings = {
        "spark.jars": jars,
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.log.level": "OFF",
        "spark.sql.warehouse.dir": tempfile.mkdtemp(),
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    for line in sys.stdin:
        answer: dict[str, Any]
        try:
            rows = spark.sql(json.loads(line)["sql"]).collect()
            answer = {"rows": [[value_of(value) for value in row] for row in rows]}
        except Exception as error:
            answer = {"error": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
