CREATE TABLE `curves` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`stage` text NOT NULL,
	`training_step` text NOT NULL,
	`training_loss` text NOT NULL,
	`learning_rate` text NOT NULL,
	`validation_step` text NOT NULL,
	`validation_loss` text NOT NULL,
	`validation_metric` text NOT NULL,
	PRIMARY KEY(`run`, `position`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `data_files` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`source` text NOT NULL,
	`file` text NOT NULL,
	`variant` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`run`, `position`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `environments` (
	`key` integer PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`facts` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `environments_hash_unique` ON `environments` (`hash`);--> statement-breakpoint
CREATE TABLE `latencies` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`batch` integer NOT NULL,
	`input_shape` text NOT NULL,
	`samples` integer NOT NULL,
	`mean_ms` real NOT NULL,
	`p50_ms` real NOT NULL,
	`p95_ms` real NOT NULL,
	`p99_ms` real NOT NULL,
	PRIMARY KEY(`run`, `position`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `metrics` (
	`run` integer NOT NULL,
	`split` text NOT NULL,
	`metric` text NOT NULL,
	`value` real,
	`undefined` text,
	PRIMARY KEY(`run`, `split`, `metric`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "metrics_value" CHECK(("metrics"."value" is null) <> ("metrics"."undefined" is null))
);
--> statement-breakpoint
CREATE TABLE `notes` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`note` text NOT NULL,
	PRIMARY KEY(`run`, `position`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `phases` (
	`run` integer NOT NULL,
	`position` integer NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`steps` integer NOT NULL,
	`examples` integer NOT NULL,
	`seconds` real NOT NULL,
	`cached` integer NOT NULL,
	PRIMARY KEY(`run`, `position`),
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `predictions` (
	`run` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`scores_type` text NOT NULL,
	`scores_shape` text NOT NULL,
	`scores` blob NOT NULL,
	`targets_type` text NOT NULL,
	`targets_shape` text NOT NULL,
	`targets` blob NOT NULL,
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `record_files` (
	`path` text PRIMARY KEY NOT NULL,
	`run` integer NOT NULL,
	`bytes` integer NOT NULL,
	`changed` text NOT NULL,
	FOREIGN KEY (`run`) REFERENCES `runs`(`key`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `record_files_run` ON `record_files` (`run`);--> statement-breakpoint
CREATE TABLE `runs` (
	`key` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`sha256` text NOT NULL,
	`record_schema` integer NOT NULL,
	`task` text NOT NULL,
	`task_version` integer NOT NULL,
	`scale` text NOT NULL,
	`method` text NOT NULL,
	`config` text NOT NULL,
	`config_hash` text NOT NULL,
	`seed` integer NOT NULL,
	`engine` text NOT NULL,
	`spec` text NOT NULL,
	`protocol` integer NOT NULL,
	`data` text NOT NULL,
	`data_variant` text,
	`state` text NOT NULL,
	`outcome` text,
	`engine_stats` text,
	`weights_sha256` text,
	`environment` integer NOT NULL,
	`contention` real,
	`attempt` text NOT NULL,
	`command` text NOT NULL,
	`started_at` text NOT NULL,
	`finished_at` text NOT NULL,
	FOREIGN KEY (`environment`) REFERENCES `environments`(`key`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_id` ON `runs` (`id`);--> statement-breakpoint
CREATE INDEX `runs_cohort` ON `runs` (`task`,`task_version`,`scale`,`spec`,`engine`,`protocol`,`data`);--> statement-breakpoint
CREATE INDEX `runs_method` ON `runs` (`method`,`task`);--> statement-breakpoint
CREATE INDEX `runs_started` ON `runs` (`started_at`);--> statement-breakpoint
CREATE INDEX `runs_state` ON `runs` (`state`,`started_at`);