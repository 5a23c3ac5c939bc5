"""Tables of the queue. Times are whole milliseconds since 1970 (UTC): every database compares them alike."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, String, Table, Text

QUEUE_FORMAT = 1

METADATA = MetaData()

FORMATS = Table("poseloom_queue_format", METADATA, Column("format", Integer, primary_key=True, autoincrement=False))

VIDEOS = Table("poseloom_queue_video", METADATA, Column("video_id", String(64), primary_key=True))
"""One row per video, locked by whoever grants a lease on it: overlapping jobs are granted one after the other."""

JOBS = Table(
    "poseloom_queue_job",
    METADATA,
    Column("job_id", String(64), primary_key=True),
    Column("video_id", String(64), nullable=False),
    Column("start_frame", Integer, nullable=False),
    Column("end_frame", Integer, nullable=False),
    Column("base", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("priority", Double, nullable=False),
    Column("max_leases", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("leases", Integer, nullable=False),
    Column("annotator", String(200), nullable=False),
    Column("lease_end", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("poseloom_queue_job_order", JOBS.c.state, JOBS.c.priority)
Index("poseloom_queue_job_video", JOBS.c.video_id, JOBS.c.state)

BATCHES = Table(
    "poseloom_queue_batch",
    METADATA,
    Column("job_id", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("batch", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("settled_at", BigInteger, nullable=False),
)
