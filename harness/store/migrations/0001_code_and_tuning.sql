ALTER TABLE `runs` ADD `latency_contention` real;--> statement-breakpoint
ALTER TABLE `runs` ADD `method_code` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `task_code` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `purpose` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `tuned` text;