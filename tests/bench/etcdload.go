// SPDX-FileCopyrightText: The Trias authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Puts of 100 bytes on etcd over its native protocol, in a closed loop: etcdload ENDPOINT CLIENTS SECONDS
// Needs Debian's golang-etcd-server-dev; bench.py builds it.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
)

const maxConnections = 16

func connect(endpoint string, n int) []*clientv3.Client {
	connections := make([]*clientv3.Client, n)
	for i := range connections {
		connection, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: 3 * time.Second})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		connections[i] = connection
	}
	return connections
}

// put puts until the end and returns how long each took.
func put(connection *clientv3.Client, worker int, end time.Time) (took []time.Duration, errors int) {
	value := strings.Repeat("v", 100)
	for i := 0; time.Now().Before(end); i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		start := time.Now()
		_, err := connection.Put(ctx, fmt.Sprintf("/lease/%d/%d", worker, i%1000), value)
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
	clients, _ := strconv.Atoi(os.Args[2])
	seconds, _ := strconv.ParseFloat(os.Args[3], 64)
	n := clients
	if n > maxConnections {
		n = maxConnections
	}
	connections := connect(os.Args[1], n)
	all := make([][]time.Duration, clients)
	failed := make([]int, clients)
	start := time.Now()
	end := start.Add(time.Duration(seconds * float64(time.Second)))
	var workers sync.WaitGroup
	for w := 0; w < clients; w++ {
		workers.Add(1)
		go func(w int) {
			defer workers.Done()
			all[w], failed[w] = put(connections[w%n], w, end)
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
