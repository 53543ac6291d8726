CREATE TYPE public.studydirection AS ENUM (
    'NOT_SET',
    'MINIMIZE',
    'MAXIMIZE'
);
CREATE TYPE public.trialintermediatevaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG',
    'NAN'
);
CREATE TYPE public.trialstate AS ENUM (
    'RUNNING',
    'COMPLETE',
    'PRUNED',
    'FAIL',
    'WAITING'
);
CREATE TYPE public.trialvaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG'
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.studies (
    study_id integer NOT NULL,
    study_name character varying(512) NOT NULL
);
CREATE SEQUENCE public.studies_study_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.studies_study_id_seq OWNED BY public.studies.study_id;
CREATE TABLE public.study_directions (
    study_direction_id integer NOT NULL,
    direction public.studydirection NOT NULL,
    study_id integer NOT NULL,
    objective integer NOT NULL
);
CREATE SEQUENCE public.study_directions_study_direction_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_directions_study_direction_id_seq OWNED BY public.study_directions.study_direction_id;
CREATE TABLE public.study_system_attributes (
    study_system_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.study_system_attributes_study_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_system_attributes_study_system_attribute_id_seq OWNED BY public.study_system_attributes.study_system_attribute_id;
CREATE TABLE public.study_user_attributes (
    study_user_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.study_user_attributes_study_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_user_attributes_study_user_attribute_id_seq OWNED BY public.study_user_attributes.study_user_attribute_id;
CREATE TABLE public.trial_heartbeats (
    trial_heartbeat_id integer NOT NULL,
    trial_id integer NOT NULL,
    heartbeat timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.trial_heartbeats_trial_heartbeat_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_heartbeats_trial_heartbeat_id_seq OWNED BY public.trial_heartbeats.trial_heartbeat_id;
CREATE TABLE public.trial_intermediate_values (
    trial_intermediate_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    step integer NOT NULL,
    intermediate_value double precision,
    intermediate_value_type public.trialintermediatevaluetype NOT NULL
);
CREATE SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq OWNED BY public.trial_intermediate_values.trial_intermediate_value_id;
CREATE TABLE public.trial_params (
    param_id integer NOT NULL,
    trial_id integer,
    param_name character varying(512),
    param_value double precision,
    distribution_json text
);
CREATE SEQUENCE public.trial_params_param_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_params_param_id_seq OWNED BY public.trial_params.param_id;
CREATE TABLE public.trial_system_attributes (
    trial_system_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq OWNED BY public.trial_system_attributes.trial_system_attribute_id;
CREATE TABLE public.trial_user_attributes (
    trial_user_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq OWNED BY public.trial_user_attributes.trial_user_attribute_id;
CREATE TABLE public.trial_values (
    trial_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    objective integer NOT NULL,
    value double precision,
    value_type public.trialvaluetype NOT NULL
);
CREATE SEQUENCE public.trial_values_trial_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_values_trial_value_id_seq OWNED BY public.trial_values.trial_value_id;
CREATE TABLE public.trials (
    trial_id integer NOT NULL,
    number integer,
    study_id integer,
    state public.trialstate NOT NULL,
    datetime_start timestamp without time zone,
    datetime_complete timestamp without time zone
);
CREATE SEQUENCE public.trials_trial_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trials_trial_id_seq OWNED BY public.trials.trial_id;
CREATE TABLE public.tuner_control (
    study_id integer NOT NULL,
    command character varying(8) NOT NULL,
    reason text,
    failures_seen integer NOT NULL,
    trials integer NOT NULL,
    timeout_s double precision,
    started_at double precision,
    halted_at double precision,
    halted_s double precision NOT NULL,
    last_edit character varying(32)
);
CREATE TABLE public.tuner_epochs (
    trial_id integer NOT NULL,
    epoch integer NOT NULL,
    study_id integer NOT NULL,
    attempt integer NOT NULL,
    score double precision,
    lr double precision NOT NULL,
    seconds double precision NOT NULL,
    metrics text NOT NULL,
    at double precision NOT NULL
);
CREATE TABLE public.tuner_leases (
    trial_id integer NOT NULL,
    study_id integer NOT NULL,
    owner character varying(32),
    worker_id character varying(32),
    home character varying(32),
    attempt integer NOT NULL,
    beat double precision NOT NULL,
    deaths integer NOT NULL,
    to_stop boolean NOT NULL
);
CREATE TABLE public.tuner_schema (
    version integer NOT NULL
);
CREATE TABLE public.tuner_workers (
    worker_id character varying(32) NOT NULL,
    study_id integer NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    machine text,
    home character varying(32),
    device text NOT NULL,
    trial_number integer,
    epoch integer,
    memory_mb double precision,
    training_s double precision NOT NULL,
    working_s double precision NOT NULL,
    gone boolean NOT NULL,
    started_at double precision NOT NULL,
    beat double precision NOT NULL
);
CREATE TABLE public.version_info (
    version_info_id integer NOT NULL,
    schema_version integer,
    library_version character varying(256),
    CONSTRAINT version_info_version_info_id_check CHECK ((version_info_id = 1))
);
ALTER TABLE ONLY public.studies ALTER COLUMN study_id SET DEFAULT nextval('public.studies_study_id_seq'::regclass);
ALTER TABLE ONLY public.study_directions ALTER COLUMN study_direction_id SET DEFAULT nextval('public.study_directions_study_direction_id_seq'::regclass);
ALTER TABLE ONLY public.study_system_attributes ALTER COLUMN study_system_attribute_id SET DEFAULT nextval('public.study_system_attributes_study_system_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.study_user_attributes ALTER COLUMN study_user_attribute_id SET DEFAULT nextval('public.study_user_attributes_study_user_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_heartbeats ALTER COLUMN trial_heartbeat_id SET DEFAULT nextval('public.trial_heartbeats_trial_heartbeat_id_seq'::regclass);
ALTER TABLE ONLY public.trial_intermediate_values ALTER COLUMN trial_intermediate_value_id SET DEFAULT nextval('public.trial_intermediate_values_trial_intermediate_value_id_seq'::regclass);
ALTER TABLE ONLY public.trial_params ALTER COLUMN param_id SET DEFAULT nextval('public.trial_params_param_id_seq'::regclass);
ALTER TABLE ONLY public.trial_system_attributes ALTER COLUMN trial_system_attribute_id SET DEFAULT nextval('public.trial_system_attributes_trial_system_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_user_attributes ALTER COLUMN trial_user_attribute_id SET DEFAULT nextval('public.trial_user_attributes_trial_user_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_values ALTER COLUMN trial_value_id SET DEFAULT nextval('public.trial_values_trial_value_id_seq'::regclass);
ALTER TABLE ONLY public.trials ALTER COLUMN trial_id SET DEFAULT nextval('public.trials_trial_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('v3.2.0.a');
INSERT INTO public.studies VALUES (1, 'small');
INSERT INTO public.study_directions VALUES (1, 'MAXIMIZE', 1, 0);
INSERT INTO public.study_user_attributes VALUES (1, 1, 'token', '"ad493ef5"');
INSERT INTO public.study_user_attributes VALUES (2, 1, 'spec', '{"study": {"name": "small", "metric": "macro_f1", "metric_classes": [], "trials": 12, "timeout": 7200.0, "max_failures": 5, "validation": 0.2, "seed": 0}, "search": {"architectures": ["resnet1d", "feature_boosting"], "sampler": {"kind": "random", "startup_trials": 10}, "pruner": {"kind": "median", "startup_trials": 4, "warmup_percent": 20, "min_percent": 10, "reduction": 3}}, "space": {"train.epochs": 8, "train.schedule": "onecycle", "train.batch_size": 16, "feature_boosting.rounds": 50, "feature_boosting.depth": 2, "resnet1d.rate": 50, "resnet1d.width": 4, "resnet1d.stages": 2}}');
INSERT INTO public.study_user_attributes VALUES (3, 1, 'data', '{"path": "/data/cache", "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "class_names": ["N", "A", "O", "~"], "rate": 300, "train": 48, "validation": 12, "test": 15}');
INSERT INTO public.study_user_attributes VALUES (4, 1, 'versions', '{"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}');
INSERT INTO public.trial_intermediate_values VALUES (1, 1, 12, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (2, 1, 25, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (3, 1, 38, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (4, 1, 50, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (5, 1, 62, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (6, 1, 75, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (7, 1, 88, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (8, 1, 100, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (9, 2, 50, 0.66875, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (10, 2, 100, 0.66875, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (11, 3, 12, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (12, 3, 25, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (13, 3, 38, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (14, 3, 50, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (15, 3, 62, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (16, 3, 75, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (17, 3, 88, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (18, 3, 100, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (19, 4, 50, 0.35416666666666663, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (20, 4, 100, 0.35416666666666663, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (21, 6, 12, 0.045454545454545456, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (22, 6, 25, 0.045454545454545456, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (23, 6, 38, 0.05555555555555555, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (24, 7, 12, 0.07142857142857142, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (25, 7, 25, 0.07142857142857142, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (26, 7, 38, 0.07142857142857142, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (27, 7, 50, 0.07142857142857142, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (28, 7, 62, 0.08333333333333333, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (29, 7, 75, 0.1, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (30, 7, 88, 0.1, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (31, 7, 100, 0.1, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (32, 8, 50, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (33, 9, 12, 0.17094017094017094, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (34, 9, 25, 0.3058823529411765, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (35, 9, 38, 0.3058823529411765, 'FINITE');
INSERT INTO public.trial_params VALUES (1, 1, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (2, 1, 'train.optimizer', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (3, 1, 'train.lr', 0.003, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (4, 1, 'train.weight_decay', 0.01, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (5, 1, 'train.label_smoothing', 0.05, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (6, 1, 'train.focal', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (7, 1, 'train.ema', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (8, 1, 'train.class_weight', 0.5, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (9, 1, 'train.gain', 0.2, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (10, 1, 'train.polarity', 0.1, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (11, 1, 'train.crop_s', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (12, 1, 'train.resample', 0, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (13, 1, 'train.burst', 0, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (14, 1, 'train.wander', 0, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (15, 1, 'train.hum', 0, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (16, 1, 'train.noise', 0, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (17, 1, 'resnet1d.stem_kernel', 15, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (18, 1, 'resnet1d.stem_stride', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (19, 1, 'resnet1d.kernel', 9, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (20, 1, 'resnet1d.dropout', 0.1, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (21, 1, 'resnet1d.pooling', 2, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_params VALUES (22, 2, 'architecture', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (23, 2, 'feature_boosting.lr', 0.05, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO public.trial_params VALUES (24, 2, 'feature_boosting.min_child_weight', 3, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (25, 2, 'feature_boosting.features', 0.25, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO public.trial_params VALUES (26, 2, 'feature_boosting.recordings', 0.7, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (27, 2, 'feature_boosting.l2', 5, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (28, 2, 'feature_boosting.class_weight', 0.5, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (29, 3, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (30, 3, 'train.optimizer', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (31, 3, 'train.lr', 0.00034722056490371444, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (32, 3, 'train.weight_decay', 0.0055323551851061345, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (33, 3, 'train.label_smoothing', 0.1261855922513964, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (34, 3, 'train.focal', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (35, 3, 'train.ema', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (36, 3, 'train.class_weight', 0.8091630969417116, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (37, 3, 'train.gain', 0.1251093261728069, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (38, 3, 'train.polarity', 0.2442867544606353, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (39, 3, 'train.crop_s', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (40, 3, 'train.resample', 0.2670559632948003, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (41, 3, 'train.burst', 0.06838548797302446, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (42, 3, 'train.wander', 0.0738117116193696, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (43, 3, 'train.hum', 0.0924606818551461, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (44, 3, 'train.noise', 0.06365414780473612, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (45, 3, 'resnet1d.stem_kernel', 9, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (46, 3, 'resnet1d.stem_stride', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (47, 3, 'resnet1d.kernel', 11, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (48, 3, 'resnet1d.dropout', 0.04275472921655461, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (49, 3, 'resnet1d.pooling', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_params VALUES (50, 4, 'architecture', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (51, 4, 'feature_boosting.lr', 0.03404720864499674, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO public.trial_params VALUES (52, 4, 'feature_boosting.min_child_weight', 4.884920914119378, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (53, 4, 'feature_boosting.features', 0.29294750642810075, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO public.trial_params VALUES (54, 4, 'feature_boosting.recordings', 0.776523516250865, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (55, 4, 'feature_boosting.l2', 4.192320386194831, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (56, 4, 'feature_boosting.class_weight', 0.26758265377193463, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (57, 5, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (58, 5, 'train.optimizer', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (59, 5, 'train.lr', 0.001976504210460276, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (60, 5, 'train.weight_decay', 8.05906667110085e-05, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (61, 5, 'train.label_smoothing', 0.006879164494891177, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (62, 5, 'train.focal', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (63, 5, 'train.ema', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (64, 5, 'train.class_weight', 0.5748255650675385, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (65, 5, 'train.gain', 0.2442501925360361, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (66, 5, 'train.polarity', 0.0897332004143701, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (67, 5, 'train.crop_s', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (68, 5, 'train.resample', 0.19956452969362326, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (69, 5, 'train.burst', 0.14119281622099233, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (70, 5, 'train.wander', 0.060834678026003994, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (71, 5, 'train.hum', 0.06495443303579812, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (72, 5, 'train.noise', 0.043521740982767725, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (73, 5, 'resnet1d.stem_kernel', 19, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (74, 5, 'resnet1d.stem_stride', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (75, 5, 'resnet1d.kernel', 9, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (76, 5, 'resnet1d.dropout', 0.22893691446143244, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (77, 5, 'resnet1d.pooling', 3, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_params VALUES (78, 6, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (79, 6, 'train.optimizer', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (80, 6, 'train.lr', 0.00035368925365543695, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (81, 6, 'train.weight_decay', 0.00590855849129972, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (82, 6, 'train.label_smoothing', 0.08259216254856264, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (83, 6, 'train.focal', 2, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (84, 6, 'train.ema', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (85, 6, 'train.class_weight', 0.5269912976206581, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (86, 6, 'train.gain', 0.2378264630722155, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (87, 6, 'train.polarity', 0.027150865138059366, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (88, 6, 'train.crop_s', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (89, 6, 'train.resample', 0.21217151047936691, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (90, 6, 'train.burst', 0.39424724755319845, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (91, 6, 'train.wander', 0.21277853209312306, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (92, 6, 'train.hum', 0.011738384661706248, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (93, 6, 'train.noise', 0.054076299758316404, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (94, 6, 'resnet1d.stem_kernel', 15, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (95, 6, 'resnet1d.stem_stride', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (96, 6, 'resnet1d.kernel', 11, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (97, 6, 'resnet1d.dropout', 0.045876163507483005, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (98, 6, 'resnet1d.pooling', 3, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_params VALUES (99, 7, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (100, 7, 'train.optimizer', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (101, 7, 'train.lr', 0.0008252876728220291, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (102, 7, 'train.weight_decay', 0.003149251052256276, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (103, 7, 'train.label_smoothing', 0.09246947510275563, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (104, 7, 'train.focal', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (105, 7, 'train.ema', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (106, 7, 'train.class_weight', 0.9489464775493439, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (107, 7, 'train.gain', 0.09749469029733317, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (108, 7, 'train.polarity', 0.087695955326273, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (109, 7, 'train.crop_s', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (110, 7, 'train.resample', 0.1481584299170564, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (111, 7, 'train.burst', 0.061958671521215314, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (112, 7, 'train.wander', 0.12923676753498226, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (113, 7, 'train.hum', 0.06939603359619051, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (114, 7, 'train.noise', 0.02487000690857192, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (115, 7, 'resnet1d.stem_kernel', 19, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (116, 7, 'resnet1d.stem_stride', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (117, 7, 'resnet1d.kernel', 11, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (118, 7, 'resnet1d.dropout', 0.04717707396264026, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (119, 7, 'resnet1d.pooling', 2, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_params VALUES (120, 8, 'architecture', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (121, 8, 'feature_boosting.lr', 0.09187119835025648, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO public.trial_params VALUES (122, 8, 'feature_boosting.min_child_weight', 7.849398384653862, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (123, 8, 'feature_boosting.features', 0.48596709466158283, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO public.trial_params VALUES (124, 8, 'feature_boosting.recordings', 0.5734555225214031, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (125, 8, 'feature_boosting.l2', 3.808946012035615, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO public.trial_params VALUES (126, 8, 'feature_boosting.class_weight', 0.6270581310314424, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO public.trial_params VALUES (127, 9, 'architecture', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO public.trial_params VALUES (128, 9, 'train.optimizer', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO public.trial_params VALUES (129, 9, 'train.lr', 0.0007043752684697867, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO public.trial_params VALUES (130, 9, 'train.weight_decay', 0.010478122127531709, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO public.trial_params VALUES (131, 9, 'train.label_smoothing', 0.12018229796943886, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO public.trial_params VALUES (132, 9, 'train.focal', 2, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO public.trial_params VALUES (133, 9, 'train.ema', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO public.trial_params VALUES (134, 9, 'train.class_weight', 0.9916827710997674, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO public.trial_params VALUES (135, 9, 'train.gain', 0.07985015335758956, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (136, 9, 'train.polarity', 0.4731497181333372, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (137, 9, 'train.crop_s', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO public.trial_params VALUES (138, 9, 'train.resample', 0.009192179441771175, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (139, 9, 'train.burst', 0.3214373645040224, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO public.trial_params VALUES (140, 9, 'train.wander', 0.2308228602569012, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO public.trial_params VALUES (141, 9, 'train.hum', 0.08643598013564158, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (142, 9, 'train.noise', 0.059296161980259866, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO public.trial_params VALUES (143, 9, 'resnet1d.stem_kernel', 19, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO public.trial_params VALUES (144, 9, 'resnet1d.stem_stride', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO public.trial_params VALUES (145, 9, 'resnet1d.kernel', 9, '{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO public.trial_params VALUES (146, 9, 'resnet1d.dropout', 0.016472476470555143, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO public.trial_params VALUES (147, 9, 'resnet1d.pooling', 3, '{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO public.trial_system_attributes VALUES (1, 1, 'fixed_params', '{"architecture": "resnet1d", "train.optimizer": "adamw", "train.lr": 0.003, "train.weight_decay": 0.01, "train.label_smoothing": 0.05, "train.focal": 0.0, "train.ema": 0.0, "train.class_weight": 0.5, "train.gain": 0.2, "train.polarity": 0.1, "train.crop_s": 0.0, "train.resample": 0.0, "train.burst": 0.0, "train.wander": 0.0, "train.hum": 0.0, "train.noise": 0.0, "resnet1d.stem_kernel": 15, "resnet1d.stem_stride": 2, "resnet1d.kernel": 9, "resnet1d.dropout": 0.1, "resnet1d.pooling": "mean_max"}');
INSERT INTO public.trial_system_attributes VALUES (2, 1, 'artifacts:d083ec9a-3f9d-43d9-840c-85b8a3504121', '"{\"artifact_id\": \"d083ec9a-3f9d-43d9-840c-85b8a3504121\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (3, 1, 'artifacts:266e6bbd-0813-4ae7-97cd-7380e3dcdffe', '"{\"artifact_id\": \"266e6bbd-0813-4ae7-97cd-7380e3dcdffe\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (4, 2, 'fixed_params', '{"architecture": "feature_boosting", "feature_boosting.lr": 0.05, "feature_boosting.min_child_weight": 3.0, "feature_boosting.features": 0.25, "feature_boosting.recordings": 0.7, "feature_boosting.l2": 5.0, "feature_boosting.class_weight": 0.5}');
INSERT INTO public.trial_system_attributes VALUES (5, 2, 'artifacts:b60400d4-a4ee-4de5-ad03-d25e25f62a2c', '"{\"artifact_id\": \"b60400d4-a4ee-4de5-ad03-d25e25f62a2c\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (6, 2, 'artifacts:be61ac97-b115-4528-bf94-ef273aef8c91', '"{\"artifact_id\": \"be61ac97-b115-4528-bf94-ef273aef8c91\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (7, 3, 'artifacts:a9eb3329-00b0-4e04-bc03-348dba36b0ec', '"{\"artifact_id\": \"a9eb3329-00b0-4e04-bc03-348dba36b0ec\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (8, 3, 'artifacts:c5d548ff-f875-4646-9590-e805cd0eda79', '"{\"artifact_id\": \"c5d548ff-f875-4646-9590-e805cd0eda79\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (9, 4, 'artifacts:5d149789-5919-48f9-890e-bae925d5860a', '"{\"artifact_id\": \"5d149789-5919-48f9-890e-bae925d5860a\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (10, 4, 'artifacts:328a3e25-7965-423e-8622-442f04ce15f1', '"{\"artifact_id\": \"328a3e25-7965-423e-8622-442f04ce15f1\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (11, 6, 'artifacts:a54bc9bd-0e34-4d08-9220-46c7dd645bc6', '"{\"artifact_id\": \"a54bc9bd-0e34-4d08-9220-46c7dd645bc6\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (12, 6, 'artifacts:e15ade92-bcf5-45ad-b62a-7de6315af927', '"{\"artifact_id\": \"e15ade92-bcf5-45ad-b62a-7de6315af927\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (13, 7, 'artifacts:067babaf-f306-4392-bea7-8b1280ace6d5', '"{\"artifact_id\": \"067babaf-f306-4392-bea7-8b1280ace6d5\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (14, 7, 'artifacts:3e610c74-a104-4276-a5e8-d89d8bda680e', '"{\"artifact_id\": \"3e610c74-a104-4276-a5e8-d89d8bda680e\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (15, 8, 'artifacts:1fca97bf-637c-4990-adce-ce1d08bd8be7', '"{\"artifact_id\": \"1fca97bf-637c-4990-adce-ce1d08bd8be7\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_system_attributes VALUES (16, 8, 'artifacts:37c00265-231b-49ae-9058-479d5af153a4', '"{\"artifact_id\": \"37c00265-231b-49ae-9058-479d5af153a4\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO public.trial_user_attributes VALUES (1, 1, 'provenance', '{"seed": 0, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (2, 1, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.003, "weight_decay": 0.01, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.05, "focal": 0.0, "ema": 0.0, "class_weight": 0.5, "gain": 0.2, "polarity": 0.1, "crop_s": 0.0, "resample": 0.0, "burst": 0.0, "wander": 0.0, "hum": 0.0, "noise": 0.0}, "resnet1d": {"rate": 50, "stem_kernel": 15, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.1, "pooling": "mean_max"}}');
INSERT INTO public.trial_user_attributes VALUES (3, 1, 'result', '{"best_epoch": 1, "epochs": 8, "planned": 8, "seconds": 1.086959985000476, "parameters": 712, "validation": {"loss": 1.5697908401489258, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}');
INSERT INTO public.trial_user_attributes VALUES (4, 2, 'provenance', '{"seed": 1, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (5, 2, 'settings', '{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.05, "depth": 2, "min_child_weight": 3.0, "features": 0.25, "recordings": 0.7, "l2": 5.0, "class_weight": 0.5}}');
INSERT INTO public.trial_user_attributes VALUES (6, 2, 'result', '{"best_epoch": 1, "epochs": 2, "planned": 2, "seconds": 0.06397067699981562, "parameters": 436, "validation": {"loss": 1.028433918952942, "accuracy": 0.8333333333333334, "macro_f1": 0.66875, "class_f1": [0.875, 1.0, 0.8, 0.0], "confusion": [[7, 0, 0, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}');
INSERT INTO public.trial_user_attributes VALUES (7, 3, 'provenance', '{"seed": 2, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (8, 3, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.00034722056490371444, "weight_decay": 0.0055323551851061345, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.1261855922513964, "focal": 1.0, "ema": 0.0, "class_weight": 0.8091630969417116, "gain": 0.1251093261728069, "polarity": 0.2442867544606353, "crop_s": 20.0, "resample": 0.2670559632948003, "burst": 0.06838548797302446, "wander": 0.0738117116193696, "hum": 0.0924606818551461, "noise": 0.06365414780473612}, "resnet1d": {"rate": 50, "stem_kernel": 9, "stem_stride": 4, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.04275472921655461, "pooling": "mean"}}');
INSERT INTO public.trial_user_attributes VALUES (9, 3, 'result', '{"best_epoch": 1, "epochs": 8, "planned": 8, "seconds": 0.5137695010000698, "parameters": 800, "validation": {"loss": 1.1462746858596802, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}');
INSERT INTO public.trial_user_attributes VALUES (10, 4, 'provenance', '{"seed": 3, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (11, 4, 'settings', '{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.03404720864499674, "depth": 2, "min_child_weight": 4.884920914119378, "features": 0.29294750642810075, "recordings": 0.776523516250865, "l2": 4.192320386194831, "class_weight": 0.26758265377193463}}');
INSERT INTO public.trial_user_attributes VALUES (12, 4, 'result', '{"best_epoch": 1, "epochs": 2, "planned": 2, "seconds": 0.04278567000005751, "parameters": 324, "validation": {"loss": 1.070735216140747, "accuracy": 0.6666666666666666, "macro_f1": 0.35416666666666663, "class_f1": [0.75, 0.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [1, 0, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}');
INSERT INTO public.trial_user_attributes VALUES (13, 5, 'provenance', '{"seed": 4, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (14, 5, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.001976504210460276, "weight_decay": 8.05906667110085e-05, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.006879164494891177, "focal": 0.0, "ema": 0.99, "class_weight": 0.5748255650675385, "gain": 0.2442501925360361, "polarity": 0.0897332004143701, "crop_s": 0.0, "resample": 0.19956452969362326, "burst": 0.14119281622099233, "wander": 0.060834678026003994, "hum": 0.06495443303579812, "noise": 0.043521740982767725}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.22893691446143244, "pooling": "attention"}}');
INSERT INTO public.trial_user_attributes VALUES (15, 5, 'reason', '"view signal-3122202f138d79f1.f32 of 467.5 KiB exceeds the cap of 104.9 KiB for /data/cache/views: raise TUNER_VIEW_CAP_GB or choose a lower rate or a longer hop"');
INSERT INTO public.trial_user_attributes VALUES (16, 6, 'provenance', '{"seed": 5, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (17, 6, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.00035368925365543695, "weight_decay": 0.00590855849129972, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.08259216254856264, "focal": 2.0, "ema": 0.0, "class_weight": 0.5269912976206581, "gain": 0.2378264630722155, "polarity": 0.027150865138059366, "crop_s": 0.0, "resample": 0.21217151047936691, "burst": 0.39424724755319845, "wander": 0.21277853209312306, "hum": 0.011738384661706248, "noise": 0.054076299758316404}, "resnet1d": {"rate": 50, "stem_kernel": 15, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.045876163507483005, "pooling": "attention"}}');
INSERT INTO public.trial_user_attributes VALUES (18, 6, 'result', '{"best_epoch": 3, "epochs": 3, "planned": 8, "seconds": 0.6755739919997268, "parameters": 848, "validation": {"loss": 1.0097222328186035, "accuracy": 0.08333333333333333, "macro_f1": 0.05555555555555555, "class_f1": [0.0, 0.0, 0.0, 0.2222222222222222], "confusion": [[0, 3, 0, 4], [0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 0, 1]]}}');
INSERT INTO public.trial_user_attributes VALUES (19, 6, 'reason', '"stopped by hand"');
INSERT INTO public.trial_user_attributes VALUES (20, 7, 'provenance', '{"seed": 6, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (21, 7, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.0008252876728220291, "weight_decay": 0.003149251052256276, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.09246947510275563, "focal": 0.0, "ema": 0.0, "class_weight": 0.9489464775493439, "gain": 0.09749469029733317, "polarity": 0.087695955326273, "crop_s": 0.0, "resample": 0.1481584299170564, "burst": 0.061958671521215314, "wander": 0.12923676753498226, "hum": 0.06939603359619051, "noise": 0.02487000690857192}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.04717707396264026, "pooling": "mean_max"}}');
INSERT INTO public.trial_user_attributes VALUES (22, 7, 'result', '{"best_epoch": 6, "epochs": 8, "planned": 8, "seconds": 51.13900539700012, "parameters": 856, "validation": {"loss": 1.7685022354125977, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}');
INSERT INTO public.trial_user_attributes VALUES (23, 8, 'provenance', '{"seed": 7, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (24, 8, 'settings', '{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.09187119835025648, "depth": 2, "min_child_weight": 7.849398384653862, "features": 0.48596709466158283, "recordings": 0.5734555225214031, "l2": 3.808946012035615, "class_weight": 0.6270581310314424}}');
INSERT INTO public.trial_user_attributes VALUES (25, 8, 'result', '{"best_epoch": 1, "epochs": 1, "planned": 2, "seconds": 0.14416695199997775, "parameters": 100, "validation": {"loss": 1.3501375913619995, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}');
INSERT INTO public.trial_user_attributes VALUES (26, 8, 'reason', '"stopped by hand"');
INSERT INTO public.trial_user_attributes VALUES (27, 9, 'provenance', '{"seed": 8, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO public.trial_user_attributes VALUES (28, 9, 'settings', '{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.0007043752684697867, "weight_decay": 0.010478122127531709, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.12018229796943886, "focal": 2.0, "ema": 0.99, "class_weight": 0.9916827710997674, "gain": 0.07985015335758956, "polarity": 0.4731497181333372, "crop_s": 20.0, "resample": 0.009192179441771175, "burst": 0.3214373645040224, "wander": 0.2308228602569012, "hum": 0.08643598013564158, "noise": 0.059296161980259866}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 4, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.016472476470555143, "pooling": "attention"}}');
INSERT INTO public.trial_values VALUES (1, 1, 0, 0.038461538461538464, 'FINITE');
INSERT INTO public.trial_values VALUES (2, 2, 0, 0.66875, 'FINITE');
INSERT INTO public.trial_values VALUES (3, 3, 0, 0.18421052631578946, 'FINITE');
INSERT INTO public.trial_values VALUES (4, 4, 0, 0.35416666666666663, 'FINITE');
INSERT INTO public.trial_values VALUES (5, 6, 0, 0.05555555555555555, 'FINITE');
INSERT INTO public.trial_values VALUES (6, 7, 0, 0.1, 'FINITE');
INSERT INTO public.trial_values VALUES (7, 8, 0, 0.18421052631578946, 'FINITE');
INSERT INTO public.trials VALUES (1, 0, 1, 'COMPLETE', '2026-11-27 07:03:11.58254', '2026-11-27 07:03:17.366625');
INSERT INTO public.trials VALUES (2, 1, 1, 'COMPLETE', '2026-11-27 07:03:17.40317', '2026-11-27 07:03:17.897055');
INSERT INTO public.trials VALUES (3, 2, 1, 'COMPLETE', '2026-11-27 07:03:17.935937', '2026-11-27 07:03:19.339096');
INSERT INTO public.trials VALUES (4, 3, 1, 'COMPLETE', '2026-11-27 07:03:19.402651', '2026-11-27 07:03:19.90998');
INSERT INTO public.trials VALUES (5, 4, 1, 'FAIL', '2026-11-27 07:03:32.331779', '2026-11-27 07:03:35.699113');
INSERT INTO public.trials VALUES (6, 5, 1, 'PRUNED', '2026-11-27 07:03:46.907967', '2026-11-27 07:03:53.17441');
INSERT INTO public.trials VALUES (7, 6, 1, 'COMPLETE', '2026-11-27 07:04:04.356069', '2026-11-27 07:04:59.598735');
INSERT INTO public.trials VALUES (8, 7, 1, 'PRUNED', '2026-11-27 07:05:11.143599', '2026-11-27 07:05:15.346149');
INSERT INTO public.trials VALUES (9, 8, 1, 'WAITING', '2026-11-27 07:05:27.301639', NULL);
INSERT INTO public.tuner_control VALUES (1, 'stop', NULL, 0, 12, 7200, 1795762991.59078, 1795763136.892341, 58.09904098510742, '880a672a8e6e4c65ac55809af180771e');
INSERT INTO public.tuner_epochs VALUES (1, 1, 1, 1, 0.038461538461538464, 0.0009199999999999999, 0.5206721900001412, '{"planned": 8, "train": {"loss": 2.142374316851298, "accuracy": 0.041666666666666664, "macro_f1": 0.02040816326530612, "class_f1": [0.0, 0.0, 0.0, 0.08163265306122448], "confusion": [[0, 1, 0, 25], [0, 0, 0, 6], [0, 0, 0, 13], [0, 0, 1, 2]]}, "validation": {"loss": 1.5697908401489258, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.198988);
INSERT INTO public.tuner_epochs VALUES (1, 2, 1, 1, 0.038461538461538464, 0.0021200000000000004, 0.13494295500004228, '{"planned": 8, "train": {"loss": 1.9334579308827717, "accuracy": 0.0625, "macro_f1": 0.029411764705882353, "class_f1": [0.0, 0.0, 0.0, 0.11764705882352941], "confusion": [[0, 0, 0, 26], [0, 0, 0, 6], [0, 0, 0, 13], [0, 0, 0, 3]]}, "validation": {"loss": 1.5331865549087524, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.389651);
INSERT INTO public.tuner_epochs VALUES (1, 3, 1, 1, 0.038461538461538464, 0.0029832462393376926, 0.08720692200017766, '{"planned": 8, "train": {"loss": 1.7399814923604329, "accuracy": 0.0625, "macro_f1": 0.030612244897959183, "class_f1": [0.0, 0.0, 0.0, 0.12244897959183673], "confusion": [[0, 1, 0, 25], [0, 0, 0, 6], [0, 1, 0, 12], [0, 0, 0, 3]]}, "validation": {"loss": 1.492418646812439, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.511776);
INSERT INTO public.tuner_epochs VALUES (1, 4, 1, 1, 0.038461538461538464, 0.00263695758471818, 0.06198620700001811, '{"planned": 8, "train": {"loss": 1.772965629895528, "accuracy": 0.0625, "macro_f1": 0.03260869565217391, "class_f1": [0.0, 0.0, 0.0, 0.13043478260869565], "confusion": [[0, 3, 0, 23], [0, 0, 0, 6], [0, 2, 0, 11], [0, 0, 0, 3]]}, "validation": {"loss": 1.454903244972229, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.61104);
INSERT INTO public.tuner_epochs VALUES (1, 5, 1, 1, 0.038461538461538464, 0.0019421327616163562, 0.06651752699985991, '{"planned": 8, "train": {"loss": 1.6526421705881755, "accuracy": 0.125, "macro_f1": 0.14947552447552448, "class_f1": [0.0, 0.46153846153846156, 0.0, 0.13636363636363635], "confusion": [[0, 1, 0, 25], [0, 3, 0, 3], [0, 3, 0, 10], [0, 0, 0, 3]]}, "validation": {"loss": 1.4252996444702148, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.729084);
INSERT INTO public.tuner_epochs VALUES (1, 6, 1, 1, 0.038461538461538464, 0.0011117714323462188, 0.053597394000007625, '{"planned": 8, "train": {"loss": 1.536078929901123, "accuracy": 0.08333333333333333, "macro_f1": 0.06991869918699187, "class_f1": [0.0, 0.13333333333333333, 0.0, 0.14634146341463414], "confusion": [[0, 8, 0, 18], [0, 1, 1, 4], [0, 0, 0, 13], [0, 0, 0, 3]]}, "validation": {"loss": 1.4068412780761719, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.835146);
INSERT INTO public.tuner_epochs VALUES (1, 7, 1, 1, 0.038461538461538464, 0.0004004221922552608, 0.061637886000198705, '{"planned": 8, "train": {"loss": 1.4439299901326497, "accuracy": 0.10416666666666667, "macro_f1": 0.12351778656126483, "class_f1": [0.0, 0.36363636363636365, 0.0, 0.13043478260869565], "confusion": [[0, 2, 0, 24], [0, 2, 0, 4], [0, 1, 0, 12], [0, 0, 0, 3]]}, "validation": {"loss": 1.4030163288116455, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762995.949612);
INSERT INTO public.tuner_epochs VALUES (1, 8, 1, 1, 0.038461538461538464, 2.615029015006759e-05, 0.1003989040000306, '{"planned": 8, "train": {"loss": 1.6226425568262737, "accuracy": 0.0625, "macro_f1": 0.06818181818181818, "class_f1": [0.0, 0.18181818181818182, 0.0, 0.09090909090909091], "confusion": [[0, 2, 1, 23], [0, 1, 0, 5], [0, 2, 0, 11], [0, 0, 1, 2]]}, "validation": {"loss": 1.4046995639801025, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795762996.104206);
INSERT INTO public.tuner_epochs VALUES (2, 1, 1, 1, 0.66875, 0.05, 0.03230959500001518, '{"planned": 2, "train": {"loss": 0.8601419925689697, "accuracy": 0.875, "macro_f1": 0.6915292353823088, "class_f1": [0.896551724137931, 1.0, 0.8695652173913043, 0.0], "confusion": [[26, 0, 0, 0], [0, 6, 0, 0], [3, 0, 10, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.028433918952942, "accuracy": 0.8333333333333334, "macro_f1": 0.66875, "class_f1": [0.875, 1.0, 0.8, 0.0], "confusion": [[7, 0, 0, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}', 1795762997.552455);
INSERT INTO public.tuner_epochs VALUES (2, 2, 1, 1, 0.6166666666666667, 0.05, 0.031661081999800444, '{"planned": 2, "train": {"loss": 0.5664869546890259, "accuracy": 1.0, "macro_f1": 1.0, "class_f1": [1.0, 1.0, 1.0, 1.0], "confusion": [[26, 0, 0, 0], [0, 6, 0, 0], [0, 0, 13, 0], [0, 0, 0, 3]]}, "validation": {"loss": 0.8532889485359192, "accuracy": 0.75, "macro_f1": 0.6166666666666667, "class_f1": [0.8, 1.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}', 1795762997.610386);
INSERT INTO public.tuner_epochs VALUES (3, 1, 1, 1, 0.18421052631578946, 0.00010648097323713908, 0.048026106999941476, '{"planned": 8, "train": {"loss": 1.1666721105575562, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1462746858596802, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.145679);
INSERT INTO public.tuner_epochs VALUES (3, 2, 1, 1, 0.18421052631578946, 0.0002453691991986249, 0.038260125000078915, '{"planned": 8, "train": {"loss": 1.145782192548116, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.1413989067077637, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.204696);
INSERT INTO public.tuner_epochs VALUES (3, 3, 1, 1, 0.18421052631578946, 0.0003452814814899051, 0.062156404999996084, '{"planned": 8, "train": {"loss": 1.1306928793589275, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1387213468551636, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.305548);
INSERT INTO public.tuner_epochs VALUES (3, 4, 1, 1, 0.18421052631578946, 0.00030520196739766025, 0.13925943000003826, '{"planned": 8, "train": {"loss": 1.1588963667551677, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1375353336334229, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.494243);
INSERT INTO public.tuner_epochs VALUES (3, 5, 1, 1, 0.18421052631578946, 0.0002247828115354807, 0.06566592200010746, '{"planned": 8, "train": {"loss": 1.131729006767273, "accuracy": 0.5625, "macro_f1": 0.2137964774951076, "class_f1": [0.7123287671232876, 0.0, 0.14285714285714285, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [12, 0, 1, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.13654363155365, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.611975);
INSERT INTO public.tuner_epochs VALUES (3, 6, 1, 1, 0.18421052631578946, 0.0001286766349276886, 0.05018216600001324, '{"planned": 8, "train": {"loss": 1.1582347949345906, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1362848281860352, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.710781);
INSERT INTO public.tuner_epochs VALUES (3, 7, 1, 1, 0.18421052631578946, 4.634493993161847e-05, 0.05795263699997122, '{"planned": 8, "train": {"loss": 1.1267905632654827, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.1357076168060303, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.824234);
INSERT INTO public.tuner_epochs VALUES (3, 8, 1, 1, 0.18421052631578946, 3.026639506100836e-06, 0.05226670899992314, '{"planned": 8, "train": {"loss": 1.1671063502629597, "accuracy": 0.5208333333333334, "macro_f1": 0.1736111111111111, "class_f1": [0.6944444444444444, 0.0, 0.0, 0.0], "confusion": [[25, 0, 1, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1360766887664795, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795762998.904291);
INSERT INTO public.tuner_epochs VALUES (4, 1, 1, 1, 0.35416666666666663, 0.03404720864499674, 0.020761017000040738, '{"planned": 2, "train": {"loss": 0.9555798768997192, "accuracy": 0.7083333333333334, "macro_f1": 0.3874458874458874, "class_f1": [0.7878787878787878, 0.0, 0.7619047619047619, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [5, 0, 8, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.070735216140747, "accuracy": 0.6666666666666666, "macro_f1": 0.35416666666666663, "class_f1": [0.75, 0.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [1, 0, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}', 1795762999.520956);
INSERT INTO public.tuner_epochs VALUES (4, 2, 1, 1, 0.3035714285714286, 0.03404720864499674, 0.02202465300001677, '{"planned": 2, "train": {"loss": 0.7917963862419128, "accuracy": 0.8333333333333334, "macro_f1": 0.5926854754440961, "class_f1": [0.9454545454545454, 0.6666666666666666, 0.7586206896551724, 0.0], "confusion": [[26, 0, 0, 0], [0, 3, 3, 0], [2, 0, 11, 0], [1, 0, 2, 0]]}, "validation": {"loss": 1.0014458894729614, "accuracy": 0.5833333333333334, "macro_f1": 0.3035714285714286, "class_f1": [0.7142857142857143, 0.0, 0.5, 0.0], "confusion": [[5, 0, 2, 0], [1, 0, 0, 0], [1, 0, 2, 0], [0, 0, 1, 0]]}}', 1795762999.560815);
INSERT INTO public.tuner_epochs VALUES (6, 1, 1, 1, 0.045454545454545456, 0.00010846470445433399, 0.4585662599999978, '{"planned": 8, "train": {"loss": 1.0317697127660115, "accuracy": 0.14583333333333334, "macro_f1": 0.10833333333333334, "class_f1": [0.0, 0.26666666666666666, 0.0, 0.16666666666666666], "confusion": [[0, 21, 0, 5], [0, 6, 0, 0], [0, 10, 0, 3], [0, 2, 0, 1]]}, "validation": {"loss": 1.0265816450119019, "accuracy": 0.08333333333333333, "macro_f1": 0.045454545454545456, "class_f1": [0.0, 0.0, 0.0, 0.18181818181818182], "confusion": [[0, 2, 0, 5], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795763030.896247);
INSERT INTO public.tuner_epochs VALUES (6, 2, 1, 1, 0.045454545454545456, 0.00024994040591650883, 0.11662448099991707, '{"planned": 8, "train": {"loss": 1.027919093767802, "accuracy": 0.16666666666666666, "macro_f1": 0.13247863247863248, "class_f1": [0.0, 0.3076923076923077, 0.0, 0.2222222222222222], "confusion": [[0, 16, 0, 10], [0, 6, 0, 0], [0, 10, 0, 3], [0, 1, 0, 2]]}, "validation": {"loss": 1.0145670175552368, "accuracy": 0.08333333333333333, "macro_f1": 0.045454545454545456, "class_f1": [0.0, 0.0, 0.0, 0.18181818181818182], "confusion": [[0, 2, 0, 5], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}', 1795763031.051826);
INSERT INTO public.tuner_epochs VALUES (6, 3, 1, 1, 0.05555555555555555, 0.00035171404528724584, 0.10038325099981193, '{"planned": 8, "train": {"loss": 1.0085240205128987, "accuracy": 0.14583333333333334, "macro_f1": 0.11382978723404255, "class_f1": [0.0, 0.2553191489361702, 0.0, 0.2], "confusion": [[0, 23, 0, 3], [0, 6, 0, 0], [0, 10, 0, 3], [0, 2, 0, 1]]}, "validation": {"loss": 1.0097222328186035, "accuracy": 0.08333333333333333, "macro_f1": 0.05555555555555555, "class_f1": [0.0, 0.0, 0.0, 0.2222222222222222], "confusion": [[0, 3, 0, 4], [0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 0, 1]]}}', 1795763031.182938);
INSERT INTO public.tuner_epochs VALUES (7, 1, 1, 1, 0.07142857142857142, 0.00025308821966542225, 0.4638415269998859, '{"planned": 8, "train": {"loss": 1.9447453022003174, "accuracy": 0.10416666666666667, "macro_f1": 0.10631229235880399, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.13953488372093023], "confusion": [[0, 3, 0, 23], [0, 2, 0, 4], [0, 3, 0, 10], [0, 0, 0, 3]]}, "validation": {"loss": 1.5902886390686035, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763047.765647);
INSERT INTO public.tuner_epochs VALUES (7, 2, 1, 1, 0.07142857142857142, 0.000583203288794234, 0.13616407700010313, '{"planned": 8, "train": {"loss": 1.9790904919306438, "accuracy": 0.08333333333333333, "macro_f1": 0.06623931623931624, "class_f1": [0.0, 0.1111111111111111, 0.0, 0.15384615384615385], "confusion": [[0, 6, 0, 20], [0, 1, 0, 5], [0, 5, 0, 8], [0, 0, 0, 3]]}, "validation": {"loss": 1.6198397874832153, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763047.942466);
INSERT INTO public.tuner_epochs VALUES (7, 3, 1, 1, 0.07142857142857142, 0.0008206787821060247, 50.098123173999966, '{"planned": 8, "train": {"loss": 1.9608756303787231, "accuracy": 0.041666666666666664, "macro_f1": 0.023255813953488372, "class_f1": [0.0, 0.0, 0.0, 0.09302325581395349], "confusion": [[0, 1, 1, 24], [0, 0, 0, 6], [0, 5, 0, 8], [0, 1, 0, 2]]}, "validation": {"loss": 1.6524362564086914, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.070488);
INSERT INTO public.tuner_epochs VALUES (7, 4, 1, 1, 0.07142857142857142, 0.0007254161961408217, 0.07472557100004451, '{"planned": 8, "train": {"loss": 2.068534771601359, "accuracy": 0.10416666666666667, "macro_f1": 0.08994708994708994, "class_f1": [0.07407407407407407, 0.14285714285714285, 0.0, 0.14285714285714285], "confusion": [[1, 5, 0, 20], [0, 1, 0, 5], [0, 2, 0, 11], [0, 0, 0, 3]]}, "validation": {"loss": 1.6885801553726196, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.168647);
INSERT INTO public.tuner_epochs VALUES (7, 5, 1, 1, 0.08333333333333333, 0.0005342727423819277, 0.09591479000005165, '{"planned": 8, "train": {"loss": 1.9734791119893391, "accuracy": 0.08333333333333333, "macro_f1": 0.053402239448751075, "class_f1": [0.07407407407407407, 0.0, 0.0, 0.13953488372093023], "confusion": [[1, 3, 0, 22], [0, 0, 0, 6], [0, 4, 0, 9], [0, 0, 0, 3]]}, "validation": {"loss": 1.7265244722366333, "accuracy": 0.08333333333333333, "macro_f1": 0.08333333333333333, "class_f1": [0.0, 0.3333333333333333, 0.0, 0.0], "confusion": [[0, 2, 0, 5], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.292837);
INSERT INTO public.tuner_epochs VALUES (7, 6, 1, 1, 0.1, 0.0003058437527036749, 0.0776114590000816, '{"planned": 8, "train": {"loss": 1.810301661491394, "accuracy": 0.0625, "macro_f1": 0.05952380952380952, "class_f1": [0.0, 0.14285714285714285, 0.0, 0.09523809523809523], "confusion": [[0, 3, 0, 23], [0, 1, 0, 5], [0, 4, 0, 9], [1, 0, 0, 2]]}, "validation": {"loss": 1.7685022354125977, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.401203);
INSERT INTO public.tuner_epochs VALUES (7, 7, 1, 1, 0.1, 0.00011015449973087977, 0.08503425399999287, '{"planned": 8, "train": {"loss": 1.872879942258199, "accuracy": 0.10416666666666667, "macro_f1": 0.08639182168593934, "class_f1": [0.07407407407407407, 0.11764705882352941, 0.0, 0.15384615384615385], "confusion": [[1, 6, 0, 19], [0, 1, 0, 5], [0, 4, 0, 9], [0, 0, 0, 3]]}, "validation": {"loss": 1.8077316284179688, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.514627);
INSERT INTO public.tuner_epochs VALUES (7, 8, 1, 1, 0.1, 7.193837367190037e-06, 0.10759054499999365, '{"planned": 8, "train": {"loss": 2.005111495653788, "accuracy": 0.08333333333333333, "macro_f1": 0.06111111111111111, "class_f1": [0.13333333333333333, 0.0, 0.0, 0.1111111111111111], "confusion": [[2, 4, 1, 19], [0, 0, 0, 6], [1, 6, 0, 6], [1, 0, 0, 2]]}, "validation": {"loss": 1.8471393585205078, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}', 1795763098.643996);
INSERT INTO public.tuner_epochs VALUES (8, 1, 1, 1, 0.18421052631578946, 0.09187119835025648, 0.14416695199997775, '{"planned": 2, "train": {"loss": 1.343491554260254, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.3501375913619995, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795763114.581324);
INSERT INTO public.tuner_epochs VALUES (9, 1, 1, 1, 0.17094017094017094, 0.0002160084156640679, 0.48640447000002496, '{"planned": 8, "train": {"loss": 0.9376697341601054, "accuracy": 0.4791666666666667, "macro_f1": 0.2332258064516129, "class_f1": [0.6129032258064516, 0.0, 0.32, 0.0], "confusion": [[19, 0, 7, 0], [5, 0, 1, 0], [9, 0, 4, 0], [3, 0, 0, 0]]}, "validation": {"loss": 0.9867834448814392, "accuracy": 0.3333333333333333, "macro_f1": 0.17094017094017094, "class_f1": [0.46153846153846156, 0.0, 0.2222222222222222, 0.0], "confusion": [[3, 0, 4, 0], [0, 0, 1, 0], [2, 0, 1, 0], [1, 0, 0, 0]]}}', 1795763131.064276);
INSERT INTO public.tuner_epochs VALUES (9, 2, 1, 1, 0.3058823529411765, 0.0004977585230519826, 0.046911512999940896, '{"planned": 8, "train": {"loss": 0.9703095356623331, "accuracy": 0.5, "macro_f1": 0.2408575031525851, "class_f1": [0.6557377049180327, 0.0, 0.3076923076923077, 0.0], "confusion": [[20, 0, 6, 0], [4, 0, 2, 0], [9, 0, 4, 0], [2, 0, 1, 0]]}, "validation": {"loss": 0.9629645943641663, "accuracy": 0.6666666666666666, "macro_f1": 0.3058823529411765, "class_f1": [0.8235294117647058, 0.0, 0.4, 0.0], "confusion": [[7, 0, 0, 0], [0, 0, 1, 0], [2, 0, 1, 0], [1, 0, 0, 0]]}}', 1795763131.148465);
INSERT INTO public.tuner_epochs VALUES (9, 3, 1, 1, 0.19444444444444445, 0.0007004416235816563, 0.05245933499986677, '{"planned": 8, "train": {"loss": 0.992633601029714, "accuracy": 0.4375, "macro_f1": 0.20523329129886508, "class_f1": [0.5901639344262295, 0.0, 0.23076923076923078, 0.0], "confusion": [[18, 0, 8, 0], [4, 0, 2, 0], [10, 0, 3, 0], [3, 0, 0, 0]]}, "validation": {"loss": 0.9505770802497864, "accuracy": 0.5833333333333334, "macro_f1": 0.19444444444444445, "class_f1": [0.7777777777777778, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [0, 0, 1, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}', 1795763131.23825);
INSERT INTO public.tuner_leases VALUES (8, 1, '44e88d37cb994a13a74efd96f4239724', '7870f31f69054659b55f802886964073', '26936d9cac154f959660e73c5888481d', 1, 1795763114.577957, 0, true);
INSERT INTO public.tuner_leases VALUES (1, 1, '0e63cf695ebf41d398761b1845d73bb6', '3c12f60c2e3e45abbb2ca52f47f56c77', '26936d9cac154f959660e73c5888481d', 1, 1795762996.100563, 0, false);
INSERT INTO public.tuner_leases VALUES (9, 1, NULL, NULL, '26936d9cac154f959660e73c5888481d', 1, 1795763131.235841, 0, false);
INSERT INTO public.tuner_leases VALUES (2, 1, '67c50fbe5de747389da68c4078e0fdd3', '3c12f60c2e3e45abbb2ca52f47f56c77', '26936d9cac154f959660e73c5888481d', 1, 1795762997.60821, 0, false);
INSERT INTO public.tuner_leases VALUES (3, 1, '09814016cd4144558980ff1776158124', '3c12f60c2e3e45abbb2ca52f47f56c77', '26936d9cac154f959660e73c5888481d', 1, 1795762998.902917, 0, false);
INSERT INTO public.tuner_leases VALUES (4, 1, '223d25edd1d44faab12c8075c2bc53ee', '3c12f60c2e3e45abbb2ca52f47f56c77', '26936d9cac154f959660e73c5888481d', 1, 1795762999.559474, 0, false);
INSERT INTO public.tuner_leases VALUES (5, 1, 'f5206b71b130466ea68ffc0313c7cb39', '00e47c83262045df82a53689d965ac2b', '26936d9cac154f959660e73c5888481d', 1, 1795763012.34723, 0, false);
INSERT INTO public.tuner_leases VALUES (6, 1, '7945f8bea97f4d6282bcbc3d26f125f2', '920cf3c59720426f9dbc7de6b3ce735c', '26936d9cac154f959660e73c5888481d', 1, 1795763031.18132, 0, true);
INSERT INTO public.tuner_leases VALUES (7, 1, '80bce532797e4c02b2760c4e42f947d0', 'd9aa7b32163f4a95846624ce95737bf0', '26936d9cac154f959660e73c5888481d', 1, 1795763098.642927, 0, false);
INSERT INTO public.tuner_schema VALUES (2);
INSERT INTO public.tuner_workers VALUES ('3c12f60c2e3e45abbb2ca52f47f56c77', 1, 'oldhost', 7484, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 670.23828125, 1.59206949400118, 11.664046139954053, true, 1795762991.552403, 1795762999.966082);
INSERT INTO public.tuner_workers VALUES ('00e47c83262045df82a53689d965ac2b', 1, 'oldhost', 8087, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 527.00390625, 0, 7.204639299860219, true, 1795763012.309928, 1795763015.725796);
INSERT INTO public.tuner_workers VALUES ('920cf3c59720426f9dbc7de6b3ce735c', 1, 'oldhost', 8185, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 663.01953125, 0.6450446289995853, 10.161148436273606, true, 1795763026.873168, 1795763033.217734);
INSERT INTO public.tuner_workers VALUES ('d9aa7b32163f4a95846624ce95737bf0', 1, 'oldhost', 8211, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 672.640625, 51.065096092999966, 58.78204068846367, true, 1795763044.331135, 1795763099.647311);
INSERT INTO public.tuner_workers VALUES ('7870f31f69054659b55f802886964073', 1, 'oldhost', 8376, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 505.515625, 0.14415456400001858, 7.8603789524700005, true, 1795763111.111432, 1795763115.396746);
INSERT INTO public.tuner_workers VALUES ('3bcbbd1c97ee460dbcdf902dd0bd36ff', 1, 'oldhost', 8463, 'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]', '26936d9cac154f959660e73c5888481d', 'cpu', NULL, NULL, 607.33203125, 0.5585414039994703, 8.158802231447453, true, 1795763127.273423, 1795763131.773464);
INSERT INTO public.version_info VALUES (1, 12, '5.0.0');
SELECT pg_catalog.setval('public.studies_study_id_seq', 1, true);
SELECT pg_catalog.setval('public.study_directions_study_direction_id_seq', 1, true);
SELECT pg_catalog.setval('public.study_system_attributes_study_system_attribute_id_seq', 1, false);
SELECT pg_catalog.setval('public.study_user_attributes_study_user_attribute_id_seq', 4, true);
SELECT pg_catalog.setval('public.trial_heartbeats_trial_heartbeat_id_seq', 1, false);
SELECT pg_catalog.setval('public.trial_intermediate_values_trial_intermediate_value_id_seq', 35, true);
SELECT pg_catalog.setval('public.trial_params_param_id_seq', 147, true);
SELECT pg_catalog.setval('public.trial_system_attributes_trial_system_attribute_id_seq', 16, true);
SELECT pg_catalog.setval('public.trial_user_attributes_trial_user_attribute_id_seq', 28, true);
SELECT pg_catalog.setval('public.trial_values_trial_value_id_seq', 7, true);
SELECT pg_catalog.setval('public.trials_trial_id_seq', 9, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.studies
    ADD CONSTRAINT studies_pkey PRIMARY KEY (study_id);
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_pkey PRIMARY KEY (study_direction_id);
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_objective_key UNIQUE (study_id, objective);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_pkey PRIMARY KEY (study_system_attribute_id);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_key_key UNIQUE (study_id, key);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_pkey PRIMARY KEY (study_user_attribute_id);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_key_key UNIQUE (study_id, key);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_pkey PRIMARY KEY (trial_heartbeat_id);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_key UNIQUE (trial_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_pkey PRIMARY KEY (trial_intermediate_value_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_step_key UNIQUE (trial_id, step);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_pkey PRIMARY KEY (param_id);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_param_name_key UNIQUE (trial_id, param_name);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_pkey PRIMARY KEY (trial_system_attribute_id);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_key_key UNIQUE (trial_id, key);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_pkey PRIMARY KEY (trial_user_attribute_id);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_key_key UNIQUE (trial_id, key);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_pkey PRIMARY KEY (trial_value_id);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_trial_id_objective_key UNIQUE (trial_id, objective);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (trial_id);
ALTER TABLE ONLY public.tuner_control
    ADD CONSTRAINT tuner_control_pkey PRIMARY KEY (study_id);
ALTER TABLE ONLY public.tuner_epochs
    ADD CONSTRAINT tuner_epochs_pkey PRIMARY KEY (trial_id, epoch);
ALTER TABLE ONLY public.tuner_leases
    ADD CONSTRAINT tuner_leases_pkey PRIMARY KEY (trial_id);
ALTER TABLE ONLY public.tuner_schema
    ADD CONSTRAINT tuner_schema_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.tuner_workers
    ADD CONSTRAINT tuner_workers_pkey PRIMARY KEY (worker_id);
ALTER TABLE ONLY public.version_info
    ADD CONSTRAINT version_info_pkey PRIMARY KEY (version_info_id);
CREATE UNIQUE INDEX ix_studies_study_name ON public.studies USING btree (study_name);
CREATE INDEX ix_trials_study_id ON public.trials USING btree (study_id);
CREATE INDEX ix_tuner_epochs_study_id ON public.tuner_epochs USING btree (study_id);
CREATE INDEX ix_tuner_leases_owner ON public.tuner_leases USING btree (owner);
CREATE INDEX ix_tuner_leases_study_id ON public.tuner_leases USING btree (study_id);
CREATE INDEX ix_tuner_leases_worker_id ON public.tuner_leases USING btree (worker_id);
CREATE INDEX ix_tuner_workers_study_id ON public.tuner_workers USING btree (study_id);
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
