// SPDX-FileCopyrightText: The Trias authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Puts of 100 bytes on etcd over its native protocol, in a closed loop:
//
//	etcdload [-txn] ENDPOINT CLIENTS SECONDS CONNECTIONS [CA CERTIFICATE KEY]
//
// With -txn each is what a checkout is: a transaction that compares a counter and writes it and a lease.
// CLIENTS share CONNECTIONS; with certificates all of it goes over TLS 1.3, both sides showing theirs.
// Needs Debian's golang-etcd-server-dev; bench.py builds it.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
)

func orExit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// secrets reads what both sides show each other; nil for a connection in the clear.
func secrets(files []string) *tls.Config {
	if len(files) < 3 {
		return nil
	}
	authority, err := os.ReadFile(files[0])
	orExit(err)
	own, err := tls.LoadX509KeyPair(files[1], files[2])
	orExit(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS13}
}

func connect(endpoint string, n int, secret *tls.Config) []*clientv3.Client {
	connections := make([]*clientv3.Client, n)
	for i := range connections {
		connection, err := clientv3.New(clientv3.Config{
			Endpoints: []string{endpoint}, DialTimeout: 3 * time.Second, TLS: secret})
		orExit(err)
		connections[i] = connection
	}
	return connections
}

// checkout compares the version of a counter of this worker's own and writes it with the lease.
func checkout(ctx context.Context, connection *clientv3.Client, worker, i int, key, value string) error {
	pool := fmt.Sprintf("/pool/%d", worker)
	answer, err := connection.Txn(ctx).If(clientv3.Compare(clientv3.Version(pool), "<", 1<<60)).
		Then(clientv3.OpPut(key, value), clientv3.OpPut(pool, strconv.Itoa(i))).Commit()
	if err == nil && !answer.Succeeded {
		err = fmt.Errorf("the comparison failed")
	}
	return err
}

// put puts until the end and returns how long each took.
func put(connection *clientv3.Client, worker int, end time.Time, txn bool) (took []time.Duration, errors int) {
	value := strings.Repeat("v", 100)
	for i := 0; time.Now().Before(end); i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		start := time.Now()
		key := fmt.Sprintf("/lease/%d/%d", worker, i%1000)
		var err error
		if txn {
			err = checkout(ctx, connection, worker, i, key, value)
		} else {
			_, err = connection.Put(ctx, key, value)
		}
		cancel()
		if err != nil {
			errors++
		} else {
			took = append(took, time.Since(start))
		}
	}
	return
}

func main() {
	txn := os.Args[1] == "-txn"
	if txn {
		os.Args = os.Args[1:]
	}
	clients, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	n, _ := strconv.Atoi(os.Args[4])
	if n > clients {
		n = clients
	}
	connections := connect(os.Args[1], n, secrets(os.Args[5:]))
	// A connection is made by its first call, which is not what is measured.
	for _, connection := range connections {
		_, err := connection.Put(context.Background(), "/warm", "v")
		orExit(err)
	}
	all := make([][]time.Duration, clients)
	failed := make([]int, clients)
	start := time.Now()
	end := start.Add(time.Duration(seconds * float64(time.Second)))
	var workers sync.WaitGroup
	for w := 0; w < clients; w++ {
		workers.Add(1)
		go func(w int) {
			defer workers.Done()
			all[w], failed[w] = put(connections[w%n], w, end, txn)
		}(w)
	}
	workers.Wait()
	elapsed := time.Since(start).Seconds()
	var took []time.Duration
	errors := 0
	for w := range all {
		took = append(took, all[w]...)
		errors += failed[w]
	}
	if len(took) == 0 {
		fmt.Printf("ops=0 errors=%d\n", errors)
		return
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	fmt.Printf("ops=%d seconds=%.3f p50_us=%d p99_us=%d errors=%d\n", len(took), elapsed,
		took[len(took)/2].Microseconds(), took[len(took)*99/100].Microseconds(), errors)
}
