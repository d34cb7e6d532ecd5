DROP INDEX `runs_cohort`;--> statement-breakpoint
CREATE INDEX `runs_taken` ON `runs` (`engine`,`spec`,`state`,`task`,`scale`,`method`,`started_at`,`finished_at`);--> statement-breakpoint
CREATE INDEX `runs_cohort` ON `runs` (`task`,`task_version`,`scale`,`spec`,`engine`,`protocol`,`data`,`purpose`,`method`,`finished_at`);