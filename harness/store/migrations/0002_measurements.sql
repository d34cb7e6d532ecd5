CREATE TABLE `measurements` (
	`run` text NOT NULL,
	`measure` text NOT NULL,
	`metric` text NOT NULL,
	`value` real NOT NULL,
	`document` text NOT NULL,
	`path` text NOT NULL,
	`bytes` integer NOT NULL,
	`changed` text NOT NULL,
	PRIMARY KEY(`run`, `measure`)
);
