package db

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/driver/pgdriver"
	"modernc.org/sqlite"
)

// Pools. A server writes through one connection of its own; the rest is for
// reading.
const (
	readConns  = 8
	writeConns = 2 // the writer, and actors who introduce themselves
)

// busyTimeout is how long a statement of SQLite waits for another process.
const busyTimeout = 10 * time.Second

// The driver would print to stderr by itself.
func init() { pgdriver.Logger = driverLog{} }

type driverLog struct{}

// Printf implements the logger of pgdriver: what it says is about connections
// that broke, which whoever used them reports too.
func (driverLog) Printf(ctx context.Context, format string, v ...any) {
	for n := range v {
		if err, ok := v[n].(error); ok {
			v[n] = safe{err}
		}
	}
	zerolog.Ctx(ctx).Debug().Str("source", "pgdriver").Msgf(format, v...)
}

// wrapper is [Options.Wrap].
type wrapper func(driver.Connector) driver.Connector

// pool opens a pool of at most conns connections.
func (w wrapper) pool(c driver.Connector, conns int) *sql.DB {
	if w != nil {
		c = w(c)
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool
}

// openSQLite opens the writer's single connection, or a pool that cannot write.
// Everything is set in the DSN because each new connection starts from it.
func openSQLite(path string, readOnly bool, wrap wrapper) (*bun.DB, error) {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "recursive_triggers(1)", "trusted_schema(0)",
		"secure_delete(1)", // what is removed is overwritten
	}}
	conns := 1
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(1)")
		q.Set("_txlock", "deferred")
		conns = readConns
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String()
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return bun.NewDB(wrap.pool(connector, conns), sqlitedialect.New()), nil
}

// openPostgres opens a pool. TLS is verified unless the URL says otherwise in so
// many words.
func openPostgres(u *url.URL, conns int, params map[string]any, wrap wrapper) (*bun.DB, error) {
	connector, err := postgresConnector(u, params)
	if err != nil {
		return nil, err
	}
	return wrap.postgres(connector, conns), nil
}

// readPostgres is openPostgres for who only reads, and may leave before the
// answer comes.
func readPostgres(u *url.URL, conns int, params map[string]any, wrap wrapper) (*bun.DB, error) {
	connector, err := postgresConnector(u, params)
	if err != nil {
		return nil, err
	}
	return wrap.postgres(cancelling{connector}, conns), nil
}

func (w wrapper) postgres(c driver.Connector, conns int) *bun.DB {
	pool := w.pool(c, conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return bun.NewDB(pool, pgdialect.New())
}

func postgresConnector(u *url.URL, params map[string]any) (*pgdriver.Connector, error) {
	all := map[string]any{
		"statement_timeout":                   "10s",
		"lock_timeout":                        "5s",
		"idle_in_transaction_session_timeout": "10s",
		"synchronous_commit":                  "on", // acknowledged means durable
		"default_transaction_isolation":       "read committed",
	}
	for k, v := range params {
		all[k] = v
	}
	password, given := u.User.Password()
	if !given {
		password = os.Getenv("PGPASSWORD") // so that it need not stand in the URL
	}
	// Longer than statement_timeout, so that it is the server that gives up.
	patience := time.Hour
	if timeout, err := time.ParseDuration(fmt.Sprint(all["statement_timeout"])); err == nil && timeout > 0 {
		patience = timeout + 10*time.Second
	}
	options := []pgdriver.Option{
		pgdriver.WithUser(u.User.Username()), pgdriver.WithPassword(password),
		pgdriver.WithDatabase(strings.Trim(u.Path, "/")), pgdriver.WithApplicationName("tasktrail"),
		pgdriver.WithConnParams(all), pgdriver.WithDialTimeout(5 * time.Second),
		pgdriver.WithReadTimeout(patience), pgdriver.WithWriteTimeout(10 * time.Second),
		pgdriver.WithBufferSize(65536),
	}
	host, port := u.Hostname(), u.Port()
	if h := u.Query().Get("host"); h != "" {
		host = h
	}
	if port == "" {
		port = "5432"
	}
	if strings.HasPrefix(host, "/") {
		return pgdriver.NewConnector(append(options, pgdriver.WithNetwork("unix"),
			pgdriver.WithAddr(filepath.Join(host, ".s.PGSQL."+port)), pgdriver.WithInsecure(true))...), nil
	}
	options = append(options, pgdriver.WithNetwork("tcp"), pgdriver.WithAddr(net.JoinHostPort(host, port)))
	security, err := tlsConfig(u.Query(), host)
	if err != nil {
		return nil, err
	}
	if security == nil {
		return pgdriver.NewConnector(append(options, pgdriver.WithInsecure(true))...), nil
	}
	return pgdriver.NewConnector(append(options, pgdriver.WithTLSConfig(security))...), nil
}

// tlsConfig returns nil for sslmode=disable.
func tlsConfig(q url.Values, host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	switch mode := q.Get("sslmode"); mode {
	case "", "verify-full":
	case "require":
		config.InsecureSkipVerify = true // what sslmode=require means, and only when asked for
	case "disable":
		return nil, nil
	default:
		return nil, fmt.Errorf("%w: sslmode must be verify-full (the default), require or disable", ErrURL)
	}
	if file := q.Get("sslrootcert"); file != "" {
		pem, err := os.ReadFile(file) //nolint:gosec // the path is the operator's
		if err != nil {
			return nil, fmt.Errorf("%w: sslrootcert cannot be read", ErrURL)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: sslrootcert holds no certificate", ErrURL)
		}
	}
	return config, nil
}

// readSnapshot makes a transaction see one moment throughout.
func readSnapshot(u location) *sql.TxOptions {
	if u.postgres() {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return nil // in SQLite every transaction does
}
