-- What a database says of itself. The tables of the graph are in zz_tables.sql.

-- The run that made this database; one row.
CREATE TABLE manifest (
	status TEXT NOT NULL, -- complete, or partial: then nothing may be concluded from what is not there.
	reason TEXT, -- Why the run as a whole ended early.
	startedAt INTEGER NOT NULL, -- When the run began, in milliseconds since 1970.
	finishedAt INTEGER, -- When the run ended, in milliseconds since 1970.
	tool TEXT NOT NULL, -- The program that made it.
	toolVersion TEXT NOT NULL, -- The version of that program.
	modelVersion TEXT NOT NULL, -- The version of the data model.
	requests INTEGER NOT NULL, -- How many requests were sent.
	retries INTEGER NOT NULL, -- How many of them were repeated ones.
	json TEXT NOT NULL -- The whole manifest, as JSON; without files.
) STRICT;

-- What the file must hold; one row.
CREATE TABLE checksum (
	sha256 TEXT NOT NULL -- The SHA-256 of all pages of the file but the one that holds this row.
) STRICT;

-- The organizations that were collected.
CREATE TABLE organization (
	id TEXT NOT NULL, -- JumpCloud's id of the organization.
	name TEXT NOT NULL, -- What the organization is called.
	status TEXT NOT NULL, -- complete or partial.
	requests INTEGER NOT NULL -- How many requests were sent for it.
) STRICT;

-- How each kind of data was read.
CREATE TABLE collection (
	_organization TEXT NOT NULL, -- Id of the organization.
	name TEXT NOT NULL, -- The name of the collection.
	endpoint TEXT NOT NULL, -- The operation that was used, without ids.
	status TEXT NOT NULL, -- complete, partial, forbidden, unlicensed, unavailable or skipped.
	reason TEXT, -- Why it is not complete.
	proof TEXT NOT NULL, -- Why it is believed to be whole: chained, total, compared, combined, end, given or none.
	expected INTEGER, -- How many records JumpCloud says there are; null when it did not say.
	received INTEGER NOT NULL, -- How many different records came.
	emitted INTEGER NOT NULL, -- How many rows were written.
	rejected INTEGER NOT NULL, -- How many records broke the data model.
	duplicates INTEGER NOT NULL, -- How many records came more than once.
	dead INTEGER NOT NULL, -- How many records JumpCloud counts that do not exist any more.
	unmatched INTEGER NOT NULL, -- How many edges lead to an object that no list held.
	reread INTEGER NOT NULL, -- How many lists had to be read again.
	pages INTEGER NOT NULL, -- How many pages were read.
	requests INTEGER NOT NULL, -- How many requests were sent.
	retries INTEGER NOT NULL, -- How many of them were repeated ones.
	startedAt INTEGER, -- When reading began, in milliseconds since 1970.
	finishedAt INTEGER -- When reading ended, in milliseconds since 1970.
) STRICT;

-- Which collection the rows of a table come from.
CREATE TABLE source (
	tableName TEXT NOT NULL, -- The name of the table.
	collection TEXT NOT NULL -- The name of the collection.
) STRICT;

-- The properties of which nothing may be concluded in some rows. Assumed: the data model demands a boolean that JumpCloud did not
-- send; the column is null in the row, and 0 where the row is not known. Odd: JumpCloud's value could not be read.
CREATE TABLE unknown (
	_organization TEXT NOT NULL, -- Id of the organization.
	tableName TEXT NOT NULL, -- The table that has the row.
	_key TEXT, -- The key of the row; null when it is known only that there are some, and how many.
	property TEXT NOT NULL, -- The column.
	why TEXT NOT NULL, -- assumed or odd.
	rowCount INTEGER NOT NULL -- How many rows: 1 where the key is known.
) STRICT;

-- People: users with the same e-mail address, in any case and in any organization, are one. Accounts of services are left out.
CREATE TABLE employee (
	email TEXT NOT NULL, -- The address in lower case.
	name TEXT NOT NULL, -- First and last name.
	firstName TEXT, -- The person's given name.
	lastName TEXT, -- The person's family name.
	employeeType TEXT, -- The kind of contract.
	employeeId TEXT, -- The number that the employer gave the person.
	title TEXT, -- The position of the person.
	users INTEGER NOT NULL -- How many users the person has.
) STRICT;

-- Which user is which person.
CREATE TABLE jumpcloud_user_is_employee (
	_organization TEXT NOT NULL, -- Id of the organization.
	_fromEntityKey TEXT NOT NULL, -- Key of the jumpcloud_user.
	email TEXT NOT NULL -- The address of the employee.
) STRICT;
