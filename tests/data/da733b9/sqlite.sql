BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'small');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'token','"0b018fb6"');
INSERT INTO "study_user_attributes" VALUES(2,1,'spec','{"study": {"name": "small", "metric": "macro_f1", "metric_classes": [], "trials": 12, "timeout": 7200.0, "max_failures": 5, "validation": 0.2, "seed": 0}, "search": {"architectures": ["resnet1d", "feature_boosting"], "sampler": {"kind": "random", "startup_trials": 10}, "pruner": {"kind": "median", "startup_trials": 4, "warmup_percent": 20, "min_percent": 10, "reduction": 3}}, "space": {"train.epochs": 8, "train.schedule": "onecycle", "train.batch_size": 16, "feature_boosting.rounds": 50, "feature_boosting.depth": 2, "resnet1d.rate": 50, "resnet1d.width": 4, "resnet1d.stages": 2}}');
INSERT INTO "study_user_attributes" VALUES(3,1,'data','{"path": "/data/cache", "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "class_names": ["N", "A", "O", "~"], "rate": 300, "train": 48, "validation": 12, "test": 15}');
INSERT INTO "study_user_attributes" VALUES(4,1,'versions','{"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,12,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,25,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,38,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,1,50,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,1,62,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,1,75,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,1,88,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,1,100,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,2,50,0.66875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,2,100,0.66875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,3,12,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,3,25,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,3,38,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,3,50,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,3,62,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,3,75,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,3,88,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,3,100,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,4,50,3.54166666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,4,100,3.54166666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(21,6,12,4.5454545454545455807e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(22,6,25,4.5454545454545455807e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(23,6,38,5.55555555555555524716e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(24,7,12,7.14285714285714246063e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(25,7,25,7.14285714285714246063e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(26,7,38,7.14285714285714246063e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(27,7,50,7.14285714285714246063e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(28,7,62,8.33333333333333287074e-02,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(29,7,75,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(30,7,88,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(31,7,100,0.1,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(32,8,50,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(33,9,12,1.70940170940170943492e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(34,9,25,3.05882352941176494098e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(35,9,38,3.05882352941176494098e-01,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(2,1,'train.optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(3,1,'train.lr',0.003,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(4,1,'train.weight_decay',0.01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(5,1,'train.label_smoothing',0.05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(6,1,'train.focal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(7,1,'train.ema',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(8,1,'train.class_weight',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(9,1,'train.gain',0.2,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(10,1,'train.polarity',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(11,1,'train.crop_s',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(12,1,'train.resample',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(13,1,'train.burst',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(14,1,'train.wander',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(15,1,'train.hum',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(16,1,'train.noise',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(17,1,'resnet1d.stem_kernel',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(18,1,'resnet1d.stem_stride',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(19,1,'resnet1d.kernel',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(20,1,'resnet1d.dropout',0.1,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(21,1,'resnet1d.pooling',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO "trial_params" VALUES(22,2,'architecture',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(23,2,'feature_boosting.lr',0.05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(24,2,'feature_boosting.min_child_weight',3.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(25,2,'feature_boosting.features',0.25,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(26,2,'feature_boosting.recordings',0.7,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(27,2,'feature_boosting.l2',5.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(28,2,'feature_boosting.class_weight',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(29,3,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(30,3,'train.optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(31,3,'train.lr',3.47220564903714435951e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(32,3,'train.weight_decay',5.5323551851061344986e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(33,3,'train.label_smoothing',1.26185592251396389018e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(34,3,'train.focal',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(35,3,'train.ema',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(36,3,'train.class_weight',8.09163096941711623699e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(37,3,'train.gain',1.25109326172806900601e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(38,3,'train.polarity',2.44286754460635302521e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(39,3,'train.crop_s',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(40,3,'train.resample',2.67055963294800302598e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(41,3,'train.burst',6.83854879730244613611e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(42,3,'train.wander',0.0738117116193696,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(43,3,'train.hum',0.0924606818551461,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(44,3,'train.noise',6.36541478047361192205e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(45,3,'resnet1d.stem_kernel',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(46,3,'resnet1d.stem_stride',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(47,3,'resnet1d.kernel',11.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(48,3,'resnet1d.dropout',4.27547292165546127806e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(49,3,'resnet1d.pooling',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO "trial_params" VALUES(50,4,'architecture',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(51,4,'feature_boosting.lr',3.40472086449967389909e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(52,4,'feature_boosting.min_child_weight',4.8849209141193776773e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(53,4,'feature_boosting.features',2.92947506428100745701e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(54,4,'feature_boosting.recordings',0.776523516250865,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(55,4,'feature_boosting.l2',4.19232038619483127206e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(56,4,'feature_boosting.class_weight',2.6758265377193463097e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(57,5,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(58,5,'train.optimizer',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(59,5,'train.lr',1.97650421046027596413e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(60,5,'train.weight_decay',8.05906667110085e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(61,5,'train.label_smoothing',6.87916449489117676208e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(62,5,'train.focal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(63,5,'train.ema',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(64,5,'train.class_weight',5.74825565067538457597e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(65,5,'train.gain',2.44250192536036109247e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(66,5,'train.polarity',0.0897332004143701,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(67,5,'train.crop_s',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(68,5,'train.resample',1.99564529693623260442e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(69,5,'train.burst',1.41192816220992334308e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(70,5,'train.wander',6.08346780260039937671e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(71,5,'train.hum',6.49544330357981203327e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(72,5,'train.noise',4.35217409827677245703e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(73,5,'resnet1d.stem_kernel',19.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(74,5,'resnet1d.stem_stride',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(75,5,'resnet1d.kernel',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(76,5,'resnet1d.dropout',2.28936914461432439171e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(77,5,'resnet1d.pooling',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO "trial_params" VALUES(78,6,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(79,6,'train.optimizer',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(80,6,'train.lr',3.53689253655436954167e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(81,6,'train.weight_decay',0.00590855849129972,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(82,6,'train.label_smoothing',8.25921625485626365037e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(83,6,'train.focal',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(84,6,'train.ema',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(85,6,'train.class_weight',5.26991297620658105671e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(86,6,'train.gain',2.37826463072215499305e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(87,6,'train.polarity',2.71508651380593657442e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(88,6,'train.crop_s',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(89,6,'train.resample',2.1217151047936691488e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(90,6,'train.burst',3.94247247553198454372e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(91,6,'train.wander',2.12778532093123057267e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(92,6,'train.hum',1.17383846617062480993e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(93,6,'train.noise',5.40762997583164040094e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(94,6,'resnet1d.stem_kernel',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(95,6,'resnet1d.stem_stride',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(96,6,'resnet1d.kernel',11.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(97,6,'resnet1d.dropout',4.58761635074830045888e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(98,6,'resnet1d.pooling',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO "trial_params" VALUES(99,7,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(100,7,'train.optimizer',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(101,7,'train.lr',8.25287672822029062802e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(102,7,'train.weight_decay',3.149251052256276176e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(103,7,'train.label_smoothing',9.2469475102755632756e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(104,7,'train.focal',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(105,7,'train.ema',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(106,7,'train.class_weight',9.48946477549343914148e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(107,7,'train.gain',9.74946902973331669395e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(108,7,'train.polarity',0.087695955326273,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(109,7,'train.crop_s',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(110,7,'train.resample',1.48158429917056411184e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(111,7,'train.burst',6.19586715212153138487e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(112,7,'train.wander',1.29236767534982255334e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(113,7,'train.hum',6.93960335961905094848e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(114,7,'train.noise',2.48700069085719191464e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(115,7,'resnet1d.stem_kernel',19.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(116,7,'resnet1d.stem_stride',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(117,7,'resnet1d.kernel',11.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(118,7,'resnet1d.dropout',4.71770739626402590971e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(119,7,'resnet1d.pooling',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
INSERT INTO "trial_params" VALUES(120,8,'architecture',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(121,8,'feature_boosting.lr',9.18711983502564777381e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.02, "high": 0.1, "log": true}}');
INSERT INTO "trial_params" VALUES(122,8,'feature_boosting.min_child_weight',7.84939838465386241495e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(123,8,'feature_boosting.features',4.85967094661582832415e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.15, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(124,8,'feature_boosting.recordings',5.73455522521403082691e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(125,8,'feature_boosting.l2',3.80894601203561489199e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.5, "high": 20.0, "log": true}}');
INSERT INTO "trial_params" VALUES(126,8,'feature_boosting.class_weight',6.27058131031442367309e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.2, "high": 0.9, "log": false}}');
INSERT INTO "trial_params" VALUES(127,9,'architecture',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["resnet1d", "feature_boosting"]}}');
INSERT INTO "trial_params" VALUES(128,9,'train.optimizer',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["adamw", "adam", "sgd"]}}');
INSERT INTO "trial_params" VALUES(129,9,'train.lr',7.04375268469786689276e-04,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0003, "high": 0.005, "log": true}}');
INSERT INTO "trial_params" VALUES(130,9,'train.weight_decay',1.04781221275317085878e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(131,9,'train.label_smoothing',1.20182297969438856011e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.15, "log": false}}');
INSERT INTO "trial_params" VALUES(132,9,'train.focal',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 1.0, 2.0]}}');
INSERT INTO "trial_params" VALUES(133,9,'train.ema',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.99, 0.999]}}');
INSERT INTO "trial_params" VALUES(134,9,'train.class_weight',9.91682771099767434996e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(135,9,'train.gain',7.98501533575895622307e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(136,9,'train.polarity',4.73149718133337227055e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(137,9,'train.crop_s',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 20.0, 10.0]}}');
INSERT INTO "trial_params" VALUES(138,9,'train.resample',9.19217944177117517179e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(139,9,'train.burst',3.21437364504022382583e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.5, "log": false}}');
INSERT INTO "trial_params" VALUES(140,9,'train.wander',2.30822860256901213338e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.3, "log": false}}');
INSERT INTO "trial_params" VALUES(141,9,'train.hum',8.64359801356415768935e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(142,9,'train.noise',5.9296161980259866342e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.1, "log": false}}');
INSERT INTO "trial_params" VALUES(143,9,'resnet1d.stem_kernel',19.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 7, "high": 21}}');
INSERT INTO "trial_params" VALUES(144,9,'resnet1d.stem_stride',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [2, 4]}}');
INSERT INTO "trial_params" VALUES(145,9,'resnet1d.kernel',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 5, "high": 11}}');
INSERT INTO "trial_params" VALUES(146,9,'resnet1d.dropout',1.64724764705551432464e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.4, "log": false}}');
INSERT INTO "trial_params" VALUES(147,9,'resnet1d.pooling',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["mean", "max", "mean_max", "attention"]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"architecture": "resnet1d", "train.optimizer": "adamw", "train.lr": 0.003, "train.weight_decay": 0.01, "train.label_smoothing": 0.05, "train.focal": 0.0, "train.ema": 0.0, "train.class_weight": 0.5, "train.gain": 0.2, "train.polarity": 0.1, "train.crop_s": 0.0, "train.resample": 0.0, "train.burst": 0.0, "train.wander": 0.0, "train.hum": 0.0, "train.noise": 0.0, "resnet1d.stem_kernel": 15, "resnet1d.stem_stride": 2, "resnet1d.kernel": 9, "resnet1d.dropout": 0.1, "resnet1d.pooling": "mean_max"}');
INSERT INTO "trial_system_attributes" VALUES(2,1,'artifacts:cec19391-b654-4ac9-b05d-2fcee2da3a76','"{\"artifact_id\": \"cec19391-b654-4ac9-b05d-2fcee2da3a76\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(3,1,'artifacts:25b79c33-82de-4304-a4c2-c48a823d664e','"{\"artifact_id\": \"25b79c33-82de-4304-a4c2-c48a823d664e\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(4,2,'fixed_params','{"architecture": "feature_boosting", "feature_boosting.lr": 0.05, "feature_boosting.min_child_weight": 3.0, "feature_boosting.features": 0.25, "feature_boosting.recordings": 0.7, "feature_boosting.l2": 5.0, "feature_boosting.class_weight": 0.5}');
INSERT INTO "trial_system_attributes" VALUES(5,2,'artifacts:e64ff6f6-9ae5-4bbf-b8b1-13f79ef2a71e','"{\"artifact_id\": \"e64ff6f6-9ae5-4bbf-b8b1-13f79ef2a71e\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(6,2,'artifacts:57c5e718-5d1b-465a-8a4c-fd9c2e21555e','"{\"artifact_id\": \"57c5e718-5d1b-465a-8a4c-fd9c2e21555e\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(7,3,'artifacts:11e1f0b8-1e97-4c60-bb8e-5299d78be3fa','"{\"artifact_id\": \"11e1f0b8-1e97-4c60-bb8e-5299d78be3fa\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(8,3,'artifacts:6f1cda83-38a2-4884-924e-acd1cd487f7e','"{\"artifact_id\": \"6f1cda83-38a2-4884-924e-acd1cd487f7e\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(9,4,'artifacts:a237759b-80df-40c7-adb0-93a7d7fd6777','"{\"artifact_id\": \"a237759b-80df-40c7-adb0-93a7d7fd6777\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(10,4,'artifacts:c2a04e6c-8faf-473b-a11d-e55c9d1376e4','"{\"artifact_id\": \"c2a04e6c-8faf-473b-a11d-e55c9d1376e4\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(11,6,'artifacts:9806caab-6be7-4efa-bc6e-6ae1a504c464','"{\"artifact_id\": \"9806caab-6be7-4efa-bc6e-6ae1a504c464\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(12,6,'artifacts:c45183ea-8d5c-4b8b-af22-36d0906a3e8b','"{\"artifact_id\": \"c45183ea-8d5c-4b8b-af22-36d0906a3e8b\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(13,7,'artifacts:117e7bb5-6213-4a4f-a3e8-d0596db37687','"{\"artifact_id\": \"117e7bb5-6213-4a4f-a3e8-d0596db37687\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(14,7,'artifacts:9a7306e0-122d-413e-97b3-97b7784ae091','"{\"artifact_id\": \"9a7306e0-122d-413e-97b3-97b7784ae091\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(15,8,'artifacts:50102a02-15b2-453b-b1d6-738a5234bc39','"{\"artifact_id\": \"50102a02-15b2-453b-b1d6-738a5234bc39\", \"filename\": \"learning_curve.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
INSERT INTO "trial_system_attributes" VALUES(16,8,'artifacts:73fa3b3d-e3e7-4590-b1d6-9aa466cbf1ac','"{\"artifact_id\": \"73fa3b3d-e3e7-4590-b1d6-9aa466cbf1ac\", \"filename\": \"confusion_matrix.png\", \"mimetype\": \"image/png\", \"encoding\": null}"');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'provenance','{"seed": 0, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(2,1,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.003, "weight_decay": 0.01, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.05, "focal": 0.0, "ema": 0.0, "class_weight": 0.5, "gain": 0.2, "polarity": 0.1, "crop_s": 0.0, "resample": 0.0, "burst": 0.0, "wander": 0.0, "hum": 0.0, "noise": 0.0}, "resnet1d": {"rate": 50, "stem_kernel": 15, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.1, "pooling": "mean_max"}}');
INSERT INTO "trial_user_attributes" VALUES(3,1,'result','{"best_epoch": 1, "epochs": 8, "planned": 8, "seconds": 0.6311340210000935, "parameters": 712, "validation": {"loss": 1.5697908401489258, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}');
INSERT INTO "trial_user_attributes" VALUES(4,2,'provenance','{"seed": 1, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'settings','{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.05, "depth": 2, "min_child_weight": 3.0, "features": 0.25, "recordings": 0.7, "l2": 5.0, "class_weight": 0.5}}');
INSERT INTO "trial_user_attributes" VALUES(6,2,'result','{"best_epoch": 1, "epochs": 2, "planned": 2, "seconds": 0.03196029699995506, "parameters": 436, "validation": {"loss": 1.028433918952942, "accuracy": 0.8333333333333334, "macro_f1": 0.66875, "class_f1": [0.875, 1.0, 0.8, 0.0], "confusion": [[7, 0, 0, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}');
INSERT INTO "trial_user_attributes" VALUES(7,3,'provenance','{"seed": 2, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(8,3,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.00034722056490371444, "weight_decay": 0.0055323551851061345, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.1261855922513964, "focal": 1.0, "ema": 0.0, "class_weight": 0.8091630969417116, "gain": 0.1251093261728069, "polarity": 0.2442867544606353, "crop_s": 20.0, "resample": 0.2670559632948003, "burst": 0.06838548797302446, "wander": 0.0738117116193696, "hum": 0.0924606818551461, "noise": 0.06365414780473612}, "resnet1d": {"rate": 50, "stem_kernel": 9, "stem_stride": 4, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.04275472921655461, "pooling": "mean"}}');
INSERT INTO "trial_user_attributes" VALUES(9,3,'result','{"best_epoch": 1, "epochs": 8, "planned": 8, "seconds": 0.3134423220003555, "parameters": 800, "validation": {"loss": 1.1462746858596802, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}');
INSERT INTO "trial_user_attributes" VALUES(10,4,'provenance','{"seed": 3, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(11,4,'settings','{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.03404720864499674, "depth": 2, "min_child_weight": 4.884920914119378, "features": 0.29294750642810075, "recordings": 0.776523516250865, "l2": 4.192320386194831, "class_weight": 0.26758265377193463}}');
INSERT INTO "trial_user_attributes" VALUES(12,4,'result','{"best_epoch": 1, "epochs": 2, "planned": 2, "seconds": 0.028725957000119706, "parameters": 324, "validation": {"loss": 1.070735216140747, "accuracy": 0.6666666666666666, "macro_f1": 0.35416666666666663, "class_f1": [0.75, 0.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [1, 0, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}');
INSERT INTO "trial_user_attributes" VALUES(13,5,'provenance','{"seed": 4, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(14,5,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.001976504210460276, "weight_decay": 8.05906667110085e-05, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.006879164494891177, "focal": 0.0, "ema": 0.99, "class_weight": 0.5748255650675385, "gain": 0.2442501925360361, "polarity": 0.0897332004143701, "crop_s": 0.0, "resample": 0.19956452969362326, "burst": 0.14119281622099233, "wander": 0.060834678026003994, "hum": 0.06495443303579812, "noise": 0.043521740982767725}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.22893691446143244, "pooling": "attention"}}');
INSERT INTO "trial_user_attributes" VALUES(15,5,'reason','"view signal-3122202f138d79f1.f32 of 467.5 KiB exceeds the cap of 104.9 KiB for /data/cache/views: raise TUNER_VIEW_CAP_GB or choose a lower rate or a longer hop"');
INSERT INTO "trial_user_attributes" VALUES(16,6,'provenance','{"seed": 5, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(17,6,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adamw", "lr": 0.00035368925365543695, "weight_decay": 0.00590855849129972, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.08259216254856264, "focal": 2.0, "ema": 0.0, "class_weight": 0.5269912976206581, "gain": 0.2378264630722155, "polarity": 0.027150865138059366, "crop_s": 0.0, "resample": 0.21217151047936691, "burst": 0.39424724755319845, "wander": 0.21277853209312306, "hum": 0.011738384661706248, "noise": 0.054076299758316404}, "resnet1d": {"rate": 50, "stem_kernel": 15, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.045876163507483005, "pooling": "attention"}}');
INSERT INTO "trial_user_attributes" VALUES(18,6,'result','{"best_epoch": 3, "epochs": 3, "planned": 8, "seconds": 0.5430026810001891, "parameters": 848, "validation": {"loss": 1.0097222328186035, "accuracy": 0.08333333333333333, "macro_f1": 0.05555555555555555, "class_f1": [0.0, 0.0, 0.0, 0.2222222222222222], "confusion": [[0, 3, 0, 4], [0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 0, 1]]}}');
INSERT INTO "trial_user_attributes" VALUES(19,6,'reason','"stopped by hand"');
INSERT INTO "trial_user_attributes" VALUES(20,7,'provenance','{"seed": 6, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(21,7,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.0008252876728220291, "weight_decay": 0.003149251052256276, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.09246947510275563, "focal": 0.0, "ema": 0.0, "class_weight": 0.9489464775493439, "gain": 0.09749469029733317, "polarity": 0.087695955326273, "crop_s": 0.0, "resample": 0.1481584299170564, "burst": 0.061958671521215314, "wander": 0.12923676753498226, "hum": 0.06939603359619051, "noise": 0.02487000690857192}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 2, "width": 4, "stages": 2, "blocks": 1, "kernel": 11, "dropout": 0.04717707396264026, "pooling": "mean_max"}}');
INSERT INTO "trial_user_attributes" VALUES(22,7,'result','{"best_epoch": 6, "epochs": 8, "planned": 8, "seconds": 51.0692223650002, "parameters": 856, "validation": {"loss": 1.7685022354125977, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}');
INSERT INTO "trial_user_attributes" VALUES(23,8,'provenance','{"seed": 7, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(24,8,'settings','{"architecture": "feature_boosting", "feature_boosting": {"rounds": 50, "lr": 0.09187119835025648, "depth": 2, "min_child_weight": 7.849398384653862, "features": 0.48596709466158283, "recordings": 0.5734555225214031, "l2": 3.808946012035615, "class_weight": 0.6270581310314424}}');
INSERT INTO "trial_user_attributes" VALUES(25,8,'result','{"best_epoch": 1, "epochs": 1, "planned": 2, "seconds": 0.019492115000048216, "parameters": 100, "validation": {"loss": 1.3501375913619995, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}');
INSERT INTO "trial_user_attributes" VALUES(26,8,'reason','"stopped by hand"');
INSERT INTO "trial_user_attributes" VALUES(27,9,'provenance','{"seed": 8, "fingerprint": "d4a7dc4422706cb516fbe047193dad7b68563af34af4b17b1f6bca61cdc068d8", "split": "39b81ece026e2e505cbeaaa9ef2e1b06cb430a4d00477ffd365c608f0547aef2", "versions": {"python": "3.11.7", "ecg-tuner": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6", "numba": "0.68.1", "optuna": "5.0.0", "scikit-learn": "1.9.1", "xgboost": "3.2.0", "results": "4"}, "device": "cpu"}');
INSERT INTO "trial_user_attributes" VALUES(28,9,'settings','{"architecture": "resnet1d", "train": {"optimizer": "adam", "lr": 0.0007043752684697867, "weight_decay": 0.010478122127531709, "schedule": "onecycle", "batch_size": 16, "epochs": 8, "label_smoothing": 0.12018229796943886, "focal": 2.0, "ema": 0.99, "class_weight": 0.9916827710997674, "gain": 0.07985015335758956, "polarity": 0.4731497181333372, "crop_s": 20.0, "resample": 0.009192179441771175, "burst": 0.3214373645040224, "wander": 0.2308228602569012, "hum": 0.08643598013564158, "noise": 0.059296161980259866}, "resnet1d": {"rate": 50, "stem_kernel": 19, "stem_stride": 4, "width": 4, "stages": 2, "blocks": 1, "kernel": 9, "dropout": 0.016472476470555143, "pooling": "attention"}}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,3.84615384615384636735e-02,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,0.66875,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,1.84210526315789463458e-01,'FINITE');
INSERT INTO "trial_values" VALUES(4,4,0,3.54166666666666629659e-01,'FINITE');
INSERT INTO "trial_values" VALUES(5,6,0,5.55555555555555524716e-02,'FINITE');
INSERT INTO "trial_values" VALUES(6,7,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(7,8,0,1.84210526315789463458e-01,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-27 07:00:18.082853','2026-11-27 07:00:22.127746');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-27 07:00:22.144759','2026-11-27 07:00:22.499472');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-27 07:00:22.515872','2026-11-27 07:00:23.286866');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-27 07:00:23.313990','2026-11-27 07:00:23.666239');
INSERT INTO "trials" VALUES(5,4,1,'FAIL','2026-11-27 07:00:34.181120','2026-11-27 07:00:37.085594');
INSERT INTO "trials" VALUES(6,5,1,'PRUNED','2026-11-27 07:00:45.901018','2026-11-27 07:00:50.368216');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-27 07:00:58.505746','2026-11-27 07:01:53.454615');
INSERT INTO "trials" VALUES(8,7,1,'PRUNED','2026-11-27 07:02:06.087716','2026-11-27 07:02:10.021963');
INSERT INTO "trials" VALUES(9,8,1,'WAITING','2026-11-27 07:02:21.300407',NULL);
CREATE TABLE tuner_control (
	study_id INTEGER NOT NULL, 
	command VARCHAR(8) NOT NULL, 
	reason TEXT, 
	failures_seen INTEGER NOT NULL, 
	trials INTEGER NOT NULL, 
	timeout_s DOUBLE, 
	started_at DOUBLE, 
	halted_at DOUBLE, 
	halted_s DOUBLE NOT NULL, 
	last_edit VARCHAR(32), 
	PRIMARY KEY (study_id)
);
INSERT INTO "tuner_control" VALUES(1,'stop',NULL,0,12,7200.0,1.79576281808598780631e+09,1.79576295055101060873e+09,5.12540369033813476579e+01,'051c41fc40054e62896a79a18a4ec4ff');
CREATE TABLE tuner_epochs (
	trial_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	score DOUBLE, 
	lr DOUBLE NOT NULL, 
	seconds DOUBLE NOT NULL, 
	metrics TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (trial_id, epoch)
);
INSERT INTO "tuner_epochs" VALUES(1,1,1,1,3.84615384615384636735e-02,9.19999999999999919404e-04,3.6126658500006669783e-01,'{"planned": 8, "train": {"loss": 2.142374316851298, "accuracy": 0.041666666666666664, "macro_f1": 0.02040816326530612, "class_f1": [0.0, 0.0, 0.0, 0.08163265306122448], "confusion": [[0, 1, 0, 25], [0, 0, 0, 6], [0, 0, 0, 13], [0, 0, 1, 2]]}, "validation": {"loss": 1.5697908401489258, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282090600872036e+09);
INSERT INTO "tuner_epochs" VALUES(1,2,1,1,3.84615384615384636735e-02,2.12000000000000035638e-03,6.43568760000334805226e-02,'{"planned": 8, "train": {"loss": 1.9334579308827717, "accuracy": 0.0625, "macro_f1": 0.029411764705882353, "class_f1": [0.0, 0.0, 0.0, 0.11764705882352941], "confusion": [[0, 0, 0, 26], [0, 0, 0, 6], [0, 0, 0, 13], [0, 0, 0, 3]]}, "validation": {"loss": 1.5331865549087524, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282098398065569e+09);
INSERT INTO "tuner_epochs" VALUES(1,3,1,1,3.84615384615384636735e-02,2.98324623933769262143e-03,3.71458810000149242114e-02,'{"planned": 8, "train": {"loss": 1.7399814923604329, "accuracy": 0.0625, "macro_f1": 0.030612244897959183, "class_f1": [0.0, 0.0, 0.0, 0.12244897959183673], "confusion": [[0, 1, 0, 25], [0, 0, 0, 6], [0, 1, 0, 12], [0, 0, 0, 3]]}, "validation": {"loss": 1.492418646812439, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282103298449522e+09);
INSERT INTO "tuner_epochs" VALUES(1,4,1,1,3.84615384615384636735e-02,0.00263695758471818,3.28024159999813491594e-02,'{"planned": 8, "train": {"loss": 1.772965629895528, "accuracy": 0.0625, "macro_f1": 0.03260869565217391, "class_f1": [0.0, 0.0, 0.0, 0.13043478260869565], "confusion": [[0, 3, 0, 23], [0, 0, 0, 6], [0, 2, 0, 11], [0, 0, 0, 3]]}, "validation": {"loss": 1.454903244972229, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282107699966433e+09);
INSERT INTO "tuner_epochs" VALUES(1,5,1,1,3.84615384615384636735e-02,1.94213276161635619611e-03,3.30266189999974812963e-02,'{"planned": 8, "train": {"loss": 1.6526421705881755, "accuracy": 0.125, "macro_f1": 0.14947552447552448, "class_f1": [0.0, 0.46153846153846156, 0.0, 0.13636363636363635], "confusion": [[0, 1, 0, 25], [0, 3, 0, 3], [0, 3, 0, 10], [0, 0, 0, 3]]}, "validation": {"loss": 1.4252996444702148, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282112198019023e+09);
INSERT INTO "tuner_epochs" VALUES(1,6,1,1,3.84615384615384636735e-02,1.11177143234621883527e-03,3.44717430000400781864e-02,'{"planned": 8, "train": {"loss": 1.536078929901123, "accuracy": 0.08333333333333333, "macro_f1": 0.06991869918699187, "class_f1": [0.0, 0.13333333333333333, 0.0, 0.14634146341463414], "confusion": [[0, 8, 0, 18], [0, 1, 1, 4], [0, 0, 0, 13], [0, 0, 0, 3]]}, "validation": {"loss": 1.4068412780761719, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282117001867293e+09);
INSERT INTO "tuner_epochs" VALUES(1,7,1,1,3.84615384615384636735e-02,4.00422192255260806555e-04,3.42652660000339892576e-02,'{"planned": 8, "train": {"loss": 1.4439299901326497, "accuracy": 0.10416666666666667, "macro_f1": 0.12351778656126483, "class_f1": [0.0, 0.36363636363636365, 0.0, 0.13043478260869565], "confusion": [[0, 2, 0, 24], [0, 2, 0, 4], [0, 1, 0, 12], [0, 0, 0, 3]]}, "validation": {"loss": 1.4030163288116455, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282121600508696e+09);
INSERT INTO "tuner_epochs" VALUES(1,8,1,1,3.84615384615384636735e-02,2.61502901500675892119e-05,3.37986349999255253351e-02,'{"planned": 8, "train": {"loss": 1.6226425568262737, "accuracy": 0.0625, "macro_f1": 0.06818181818181818, "class_f1": [0.0, 0.18181818181818182, 0.0, 0.09090909090909091], "confusion": [[0, 2, 1, 23], [0, 1, 0, 5], [0, 2, 0, 11], [0, 0, 1, 2]]}, "validation": {"loss": 1.4046995639801025, "accuracy": 0.08333333333333333, "macro_f1": 0.038461538461538464, "class_f1": [0.0, 0.0, 0.0, 0.15384615384615385], "confusion": [[0, 0, 0, 7], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576282126199150085e+09);
INSERT INTO "tuner_epochs" VALUES(2,1,1,1,0.66875,0.05,0.017092373999958,'{"planned": 2, "train": {"loss": 0.8601419925689697, "accuracy": 0.875, "macro_f1": 0.6915292353823088, "class_f1": [0.896551724137931, 1.0, 0.8695652173913043, 0.0], "confusion": [[26, 0, 0, 0], [0, 6, 0, 0], [3, 0, 10, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.028433918952942, "accuracy": 0.8333333333333334, "macro_f1": 0.66875, "class_f1": [0.875, 1.0, 0.8, 0.0], "confusion": [[7, 0, 0, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}',1.79576282222300028803e+09);
INSERT INTO "tuner_epochs" VALUES(2,2,1,1,6.16666666666666696272e-01,0.05,1.4867922999997063016e-02,'{"planned": 2, "train": {"loss": 0.5664869546890259, "accuracy": 1.0, "macro_f1": 1.0, "class_f1": [1.0, 1.0, 1.0, 1.0], "confusion": [[26, 0, 0, 0], [0, 6, 0, 0], [0, 0, 13, 0], [0, 0, 0, 3]]}, "validation": {"loss": 0.8532889485359192, "accuracy": 0.75, "macro_f1": 0.6166666666666667, "class_f1": [0.8, 1.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [0, 1, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}',1.79576282225200843808e+09);
INSERT INTO "tuner_epochs" VALUES(3,1,1,1,1.84210526315789463458e-01,1.0648097323713908303e-04,4.69639200000528944656e-02,'{"planned": 8, "train": {"loss": 1.1666721105575562, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1462746858596802, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282261499166489e+09);
INSERT INTO "tuner_epochs" VALUES(3,2,1,1,1.84210526315789463458e-01,2.45369199198624881805e-04,4.21942730000637311604e-02,'{"planned": 8, "train": {"loss": 1.145782192548116, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.1413989067077637, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282267200207712e+09);
INSERT INTO "tuner_epochs" VALUES(3,3,1,1,1.84210526315789463458e-01,3.45281481489905092089e-04,3.71841880000829405616e-02,'{"planned": 8, "train": {"loss": 1.1306928793589275, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1387213468551636, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282272398328777e+09);
INSERT INTO "tuner_epochs" VALUES(3,4,1,1,1.84210526315789463458e-01,3.05201967397660250003e-04,3.43240839999907620949e-02,'{"planned": 8, "train": {"loss": 1.1588963667551677, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1375353336334229, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.7957628227729871273e+09);
INSERT INTO "tuner_epochs" VALUES(3,5,1,1,1.84210526315789463458e-01,2.24782811535480692459e-04,3.55867180001041560899e-02,'{"planned": 8, "train": {"loss": 1.131729006767273, "accuracy": 0.5625, "macro_f1": 0.2137964774951076, "class_f1": [0.7123287671232876, 0.0, 0.14285714285714285, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [12, 0, 1, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.13654363155365, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282282500863073e+09);
INSERT INTO "tuner_epochs" VALUES(3,6,1,1,1.84210526315789463458e-01,1.28676634927688590247e-04,3.97275430000263440888e-02,'{"planned": 8, "train": {"loss": 1.1582347949345906, "accuracy": 0.5416666666666666, "macro_f1": 0.1780821917808219, "class_f1": [0.7123287671232876, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1362848281860352, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282288101315501e+09);
INSERT INTO "tuner_epochs" VALUES(3,7,1,1,1.84210526315789463458e-01,4.63449399316184678949e-05,3.7917345999971985293e-02,'{"planned": 8, "train": {"loss": 1.1267905632654827, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.1357076168060303, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282293400025366e+09);
INSERT INTO "tuner_epochs" VALUES(3,8,1,1,1.84210526315789463458e-01,3.02663950610083578858e-06,3.95442500000626750988e-02,'{"planned": 8, "train": {"loss": 1.1671063502629597, "accuracy": 0.5208333333333334, "macro_f1": 0.1736111111111111, "class_f1": [0.6944444444444444, 0.0, 0.0, 0.0], "confusion": [[25, 0, 1, 0], [6, 0, 0, 0], [13, 0, 0, 0], [2, 0, 1, 0]]}, "validation": {"loss": 1.1360766887664795, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576282299101066585e+09);
INSERT INTO "tuner_epochs" VALUES(4,1,1,1,3.54166666666666629659e-01,3.40472086449967389909e-02,1.3519852000058563135e-02,'{"planned": 2, "train": {"loss": 0.9555798768997192, "accuracy": 0.7083333333333334, "macro_f1": 0.3874458874458874, "class_f1": [0.7878787878787878, 0.0, 0.7619047619047619, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [5, 0, 8, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.070735216140747, "accuracy": 0.6666666666666666, "macro_f1": 0.35416666666666663, "class_f1": [0.75, 0.0, 0.6666666666666666, 0.0], "confusion": [[6, 0, 1, 0], [1, 0, 0, 0], [1, 0, 2, 0], [1, 0, 0, 0]]}}',1.79576282336200022697e+09);
INSERT INTO "tuner_epochs" VALUES(4,2,1,1,3.03571428571428603149e-01,3.40472086449967389909e-02,1.52061050000611430732e-02,'{"planned": 2, "train": {"loss": 0.7917963862419128, "accuracy": 0.8333333333333334, "macro_f1": 0.5926854754440961, "class_f1": [0.9454545454545454, 0.6666666666666666, 0.7586206896551724, 0.0], "confusion": [[26, 0, 0, 0], [0, 3, 3, 0], [2, 0, 11, 0], [1, 0, 2, 0]]}, "validation": {"loss": 1.0014458894729614, "accuracy": 0.5833333333333334, "macro_f1": 0.3035714285714286, "class_f1": [0.7142857142857143, 0.0, 0.5, 0.0], "confusion": [[5, 0, 2, 0], [1, 0, 0, 0], [1, 0, 2, 0], [0, 0, 1, 0]]}}',1.79576282339201426501e+09);
INSERT INTO "tuner_epochs" VALUES(6,1,1,1,4.5454545454545455807e-02,1.08464704454333988074e-04,3.84276064000005135312e-01,'{"planned": 8, "train": {"loss": 1.0317697127660115, "accuracy": 0.14583333333333334, "macro_f1": 0.10833333333333334, "class_f1": [0.0, 0.26666666666666666, 0.0, 0.16666666666666666], "confusion": [[0, 21, 0, 5], [0, 6, 0, 0], [0, 10, 0, 3], [0, 2, 0, 1]]}, "validation": {"loss": 1.0265816450119019, "accuracy": 0.08333333333333333, "macro_f1": 0.045454545454545456, "class_f1": [0.0, 0.0, 0.0, 0.18181818181818182], "confusion": [[0, 2, 0, 5], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576284866699266429e+09);
INSERT INTO "tuner_epochs" VALUES(6,2,1,1,4.5454545454545455807e-02,2.49940405916508829372e-04,8.66476780000766666489e-02,'{"planned": 8, "train": {"loss": 1.027919093767802, "accuracy": 0.16666666666666666, "macro_f1": 0.13247863247863248, "class_f1": [0.0, 0.3076923076923077, 0.0, 0.2222222222222222], "confusion": [[0, 16, 0, 10], [0, 6, 0, 0], [0, 10, 0, 3], [0, 1, 0, 2]]}, "validation": {"loss": 1.0145670175552368, "accuracy": 0.08333333333333333, "macro_f1": 0.045454545454545456, "class_f1": [0.0, 0.0, 0.0, 0.18181818181818182], "confusion": [[0, 2, 0, 5], [0, 0, 0, 1], [0, 0, 0, 3], [0, 0, 0, 1]]}}',1.79576284877200126645e+09);
INSERT INTO "tuner_epochs" VALUES(6,3,1,1,5.55555555555555524716e-02,3.5171404528724583725e-04,7.20789390001073115854e-02,'{"planned": 8, "train": {"loss": 1.0085240205128987, "accuracy": 0.14583333333333334, "macro_f1": 0.11382978723404255, "class_f1": [0.0, 0.2553191489361702, 0.0, 0.2], "confusion": [[0, 23, 0, 3], [0, 6, 0, 0], [0, 10, 0, 3], [0, 2, 0, 1]]}, "validation": {"loss": 1.0097222328186035, "accuracy": 0.08333333333333333, "macro_f1": 0.05555555555555555, "class_f1": [0.0, 0.0, 0.0, 0.2222222222222222], "confusion": [[0, 3, 0, 4], [0, 0, 0, 1], [0, 1, 0, 2], [0, 0, 0, 1]]}}',1.79576284885701394078e+09);
INSERT INTO "tuner_epochs" VALUES(7,1,1,1,7.14285714285714246063e-02,2.53088219665422245203e-04,3.83613430999957927269e-01,'{"planned": 8, "train": {"loss": 1.9447453022003174, "accuracy": 0.10416666666666667, "macro_f1": 0.10631229235880399, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.13953488372093023], "confusion": [[0, 3, 0, 23], [0, 2, 0, 4], [0, 3, 0, 10], [0, 0, 0, 3]]}, "validation": {"loss": 1.5902886390686035, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576286158601331711e+09);
INSERT INTO "tuner_epochs" VALUES(7,2,1,1,7.14285714285714246063e-02,0.000583203288794234,6.72187470000835673999e-02,'{"planned": 8, "train": {"loss": 1.9790904919306438, "accuracy": 0.08333333333333333, "macro_f1": 0.06623931623931624, "class_f1": [0.0, 0.1111111111111111, 0.0, 0.15384615384615385], "confusion": [[0, 6, 0, 20], [0, 1, 0, 5], [0, 5, 0, 8], [0, 0, 0, 3]]}, "validation": {"loss": 1.6198397874832153, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576286166800856594e+09);
INSERT INTO "tuner_epochs" VALUES(7,3,1,1,7.14285714285714246063e-02,8.20678782106024724482e-04,5.01131039030001375084e+01,'{"planned": 8, "train": {"loss": 1.9608756303787231, "accuracy": 0.041666666666666664, "macro_f1": 0.023255813953488372, "class_f1": [0.0, 0.0, 0.0, 0.09302325581395349], "confusion": [[0, 1, 1, 24], [0, 0, 0, 6], [0, 5, 0, 8], [0, 1, 0, 2]]}, "validation": {"loss": 1.6524362564086914, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1795762911.80799);
INSERT INTO "tuner_epochs" VALUES(7,4,1,1,7.14285714285714246063e-02,7.25416196140821678203e-04,9.51048029999128630151e-02,'{"planned": 8, "train": {"loss": 2.068534771601359, "accuracy": 0.10416666666666667, "macro_f1": 0.08994708994708994, "class_f1": [0.07407407407407407, 0.14285714285714285, 0.0, 0.14285714285714285], "confusion": [[1, 5, 0, 20], [0, 1, 0, 5], [0, 2, 0, 11], [0, 0, 0, 3]]}, "validation": {"loss": 1.6885801553726196, "accuracy": 0.08333333333333333, "macro_f1": 0.07142857142857142, "class_f1": [0.0, 0.2857142857142857, 0.0, 0.0], "confusion": [[0, 3, 0, 4], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576291192800545698e+09);
INSERT INTO "tuner_epochs" VALUES(7,5,1,1,8.33333333333333287074e-02,5.34272742381927657172e-04,1.15761125000062747858e-01,'{"planned": 8, "train": {"loss": 1.9734791119893391, "accuracy": 0.08333333333333333, "macro_f1": 0.053402239448751075, "class_f1": [0.07407407407407407, 0.0, 0.0, 0.13953488372093023], "confusion": [[1, 3, 0, 22], [0, 0, 0, 6], [0, 4, 0, 9], [0, 0, 0, 3]]}, "validation": {"loss": 1.7265244722366333, "accuracy": 0.08333333333333333, "macro_f1": 0.08333333333333333, "class_f1": [0.0, 0.3333333333333333, 0.0, 0.0], "confusion": [[0, 2, 0, 5], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576291206198191642e+09);
INSERT INTO "tuner_epochs" VALUES(7,6,1,1,0.1,3.05843752703674920823e-04,0.0981107580000753,'{"planned": 8, "train": {"loss": 1.810301661491394, "accuracy": 0.0625, "macro_f1": 0.05952380952380952, "class_f1": [0.0, 0.14285714285714285, 0.0, 0.09523809523809523], "confusion": [[0, 3, 0, 23], [0, 1, 0, 5], [0, 4, 0, 9], [1, 0, 0, 2]]}, "validation": {"loss": 1.7685022354125977, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1795762912.17902);
INSERT INTO "tuner_epochs" VALUES(7,7,1,1,0.1,1.10154499730879767527e-04,9.80049320000944135244e-02,'{"planned": 8, "train": {"loss": 1.872879942258199, "accuracy": 0.10416666666666667, "macro_f1": 0.08639182168593934, "class_f1": [0.07407407407407407, 0.11764705882352941, 0.0, 0.15384615384615385], "confusion": [[1, 6, 0, 19], [0, 1, 0, 5], [0, 4, 0, 9], [0, 0, 0, 3]]}, "validation": {"loss": 1.8077316284179688, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576291229501223568e+09);
INSERT INTO "tuner_epochs" VALUES(7,8,1,1,0.1,7.19383736719003710844e-06,0.0983046659998763,'{"planned": 8, "train": {"loss": 2.005111495653788, "accuracy": 0.08333333333333333, "macro_f1": 0.06111111111111111, "class_f1": [0.13333333333333333, 0.0, 0.0, 0.1111111111111111], "confusion": [[2, 4, 1, 19], [0, 0, 0, 6], [1, 6, 0, 6], [1, 0, 0, 2]]}, "validation": {"loss": 1.8471393585205078, "accuracy": 0.08333333333333333, "macro_f1": 0.1, "class_f1": [0.0, 0.4, 0.0, 0.0], "confusion": [[0, 1, 0, 6], [0, 1, 0, 0], [0, 1, 0, 2], [0, 1, 0, 0]]}}',1.79576291241301584243e+09);
INSERT INTO "tuner_epochs" VALUES(8,1,1,1,1.84210526315789463458e-01,9.18711983502564777381e-02,1.94921150000482157338e-02,'{"planned": 2, "train": {"loss": 1.343491554260254, "accuracy": 0.5416666666666666, "macro_f1": 0.17567567567567569, "class_f1": [0.7027027027027027, 0.0, 0.0, 0.0], "confusion": [[26, 0, 0, 0], [6, 0, 0, 0], [13, 0, 0, 0], [3, 0, 0, 0]]}, "validation": {"loss": 1.3501375913619995, "accuracy": 0.5833333333333334, "macro_f1": 0.18421052631578946, "class_f1": [0.7368421052631579, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [1, 0, 0, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.7957629293120191097e+09);
INSERT INTO "tuner_epochs" VALUES(9,1,1,1,1.70940170940170943492e-01,2.16008415664067899251e-04,4.6464496999988114112e-01,'{"planned": 8, "train": {"loss": 0.9376697341601054, "accuracy": 0.4791666666666667, "macro_f1": 0.2332258064516129, "class_f1": [0.6129032258064516, 0.0, 0.32, 0.0], "confusion": [[19, 0, 7, 0], [5, 0, 1, 0], [9, 0, 4, 0], [3, 0, 0, 0]]}, "validation": {"loss": 0.9867834448814392, "accuracy": 0.3333333333333333, "macro_f1": 0.17094017094017094, "class_f1": [0.46153846153846156, 0.0, 0.2222222222222222, 0.0], "confusion": [[3, 0, 4, 0], [0, 0, 1, 0], [2, 0, 1, 0], [1, 0, 0, 0]]}}',1.79576294470598101611e+09);
INSERT INTO "tuner_epochs" VALUES(9,2,1,1,3.05882352941176494098e-01,4.97758523051982640014e-04,6.44963469999311200808e-02,'{"planned": 8, "train": {"loss": 0.9703095356623331, "accuracy": 0.5, "macro_f1": 0.2408575031525851, "class_f1": [0.6557377049180327, 0.0, 0.3076923076923077, 0.0], "confusion": [[20, 0, 6, 0], [4, 0, 2, 0], [9, 0, 4, 0], [2, 0, 1, 0]]}, "validation": {"loss": 0.9629645943641663, "accuracy": 0.6666666666666666, "macro_f1": 0.3058823529411765, "class_f1": [0.8235294117647058, 0.0, 0.4, 0.0], "confusion": [[7, 0, 0, 0], [0, 0, 1, 0], [2, 0, 1, 0], [1, 0, 0, 0]]}}',1.79576294480298304556e+09);
INSERT INTO "tuner_epochs" VALUES(9,3,1,1,1.94444444444444447528e-01,7.00441623581656252865e-04,7.32252000000244152033e-02,'{"planned": 8, "train": {"loss": 0.992633601029714, "accuracy": 0.4375, "macro_f1": 0.20523329129886508, "class_f1": [0.5901639344262295, 0.0, 0.23076923076923078, 0.0], "confusion": [[18, 0, 8, 0], [4, 0, 2, 0], [10, 0, 3, 0], [3, 0, 0, 0]]}, "validation": {"loss": 0.9505770802497864, "accuracy": 0.5833333333333334, "macro_f1": 0.19444444444444445, "class_f1": [0.7777777777777778, 0.0, 0.0, 0.0], "confusion": [[7, 0, 0, 0], [0, 0, 1, 0], [3, 0, 0, 0], [1, 0, 0, 0]]}}',1.79576294490099096301e+09);
CREATE TABLE tuner_leases (
	trial_id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	owner VARCHAR(32), 
	worker_id VARCHAR(32), 
	home VARCHAR(32), 
	attempt INTEGER NOT NULL, 
	beat DOUBLE NOT NULL, 
	deaths INTEGER NOT NULL, 
	to_stop BOOLEAN NOT NULL, 
	PRIMARY KEY (trial_id)
);
INSERT INTO "tuner_leases" VALUES(1,1,'10c1317a60af4984b653e72bcef43c32','78b641acf3ab42f2a21f63e1160a4796','c87293f9e15647d79248f6d4dc14983f',1,1.7957628212609858513e+09,0,0);
INSERT INTO "tuner_leases" VALUES(2,1,'0548f23503904e2bbb3eeaa2291991ab','78b641acf3ab42f2a21f63e1160a4796','c87293f9e15647d79248f6d4dc14983f',1,1.79576282225100255013e+09,0,0);
INSERT INTO "tuner_leases" VALUES(3,1,'7b870ea55841466f84bc745f639e927f','78b641acf3ab42f2a21f63e1160a4796','c87293f9e15647d79248f6d4dc14983f',1,1.7957628229900047779e+09,0,0);
INSERT INTO "tuner_leases" VALUES(4,1,'ca200c442a1f4a2aab8340ebbb5a3485','78b641acf3ab42f2a21f63e1160a4796','c87293f9e15647d79248f6d4dc14983f',1,1.79576282339100837702e+09,0,0);
INSERT INTO "tuner_leases" VALUES(5,1,'1fb073bc3d6c4101a2ff27db20747b01','2acacd81565c411ab5f867266adcd4cd','c87293f9e15647d79248f6d4dc14983f',1,1.79576283418901872629e+09,0,0);
INSERT INTO "tuner_leases" VALUES(6,1,'a08bc71a136e48b4a246f849d8db5d5f','5025e63a84fa421f936c8d0c09579da2','c87293f9e15647d79248f6d4dc14983f',1,1.79576284885701394078e+09,0,1);
INSERT INTO "tuner_leases" VALUES(7,1,'ae3b83200cdc4699a0773afb16602d34','abbb09b5eff1426d833044bef542afd7','c87293f9e15647d79248f6d4dc14983f',1,1.79576291241201019288e+09,0,0);
INSERT INTO "tuner_leases" VALUES(8,1,'dafed4c1293f4210b9c78178215eb664','1d1276be07ee4603907a0e3e1c46c928','c87293f9e15647d79248f6d4dc14983f',1,1.7957629293090014458e+09,0,1);
INSERT INTO "tuner_leases" VALUES(9,1,NULL,NULL,'c87293f9e15647d79248f6d4dc14983f',1,1.79576294489998531346e+09,0,0);
CREATE TABLE tuner_schema (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "tuner_schema" VALUES(2);
CREATE TABLE tuner_workers (
	worker_id VARCHAR(32) NOT NULL, 
	study_id INTEGER NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	machine TEXT, 
	home VARCHAR(32), 
	device TEXT NOT NULL, 
	trial_number INTEGER, 
	epoch INTEGER, 
	memory_mb DOUBLE, 
	training_s DOUBLE NOT NULL, 
	working_s DOUBLE NOT NULL, 
	gone BOOLEAN NOT NULL, 
	started_at DOUBLE NOT NULL, 
	beat DOUBLE NOT NULL, 
	PRIMARY KEY (worker_id)
);
INSERT INTO "tuner_workers" VALUES('78b641acf3ab42f2a21f63e1160a4796',1,'oldhost',5321,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,654.83984375,9.27480786000160151161e-01,8.47101778692990592389e+00,1,1.79576281806800365451e+09,1.79576282368700361254e+09);
INSERT INTO "tuner_workers" VALUES('2acacd81565c411ab5f867266adcd4cd',1,'oldhost',5332,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,516.79296875,0.0,6.60804150050478256162e+00,1,1.79576283416001057625e+09,1.7957628370940117836e+09);
INSERT INTO "tuner_workers" VALUES('5025e63a84fa421f936c8d0c09579da2',1,'oldhost',5340,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,648.93359375,5.18998902000021189451e-01,7.29239314267317695339e+00,1,1.79576284589098691935e+09,1.79576285038699960706e+09);
INSERT INTO "tuner_workers" VALUES('abbb09b5eff1426d833044bef542afd7',1,'oldhost',5353,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,658.84375,5.09967176749993313924e+01,57.9807248435493,1,1.79576285848798155786e+09,1.79576291348901081077e+09);
INSERT INTO "tuner_workers" VALUES('1d1276be07ee4603907a0e3e1c46c928',1,'oldhost',5364,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,495.40234375,1.94763719998718443093e-02,8.03742627017368249653e+00,1,1.79576292607200431817e+09,1.79576293006900548931e+09);
INSERT INTO "tuner_workers" VALUES('a3d29acf0f9e4e6c98409e9b6af3cfc7',1,'oldhost',5375,'oldhost 00000000-0000-0000-0000-000000000000 pid:[1]','c87293f9e15647d79248f6d4dc14983f','cpu',NULL,NULL,596.90234375,5.66987671000333648407e-01,7.81630261917212,1,1.79576294127300834652e+09,1.79576294541899251933e+09);
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
CREATE INDEX ix_tuner_leases_study_id ON tuner_leases (study_id);
CREATE INDEX ix_tuner_leases_worker_id ON tuner_leases (worker_id);
CREATE INDEX ix_tuner_leases_owner ON tuner_leases (owner);
CREATE INDEX ix_tuner_epochs_study_id ON tuner_epochs (study_id);
CREATE INDEX ix_tuner_workers_study_id ON tuner_workers (study_id);
COMMIT;
