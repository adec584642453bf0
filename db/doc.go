// Package db is the way to PostgreSQL: the pool, transactions, migrations, the
// queries that sqlc made of queries/, and the one place where a driver's error
// becomes one of errs' kinds.
package db
