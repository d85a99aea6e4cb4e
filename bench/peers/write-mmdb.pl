#!/usr/bin/perl
# Writes a country database in MaxMind's layout from lines of "prefix country continent" on standard input.
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

my ($file) = @ARGV or die "usage: write-mmdb.pl FILE\n";
my %types = (country => 'map', iso_code => 'utf8_string', continent => 'map', code => 'utf8_string');
my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version               => 6,
    record_size              => 24,
    database_type            => 'GeoLite2-Country',
    languages                => ['en'],
    description              => { en => 'The country data of Nearcast for its benchmarks' },
    map_key_type_callback    => sub { $types{ $_[0] } },
    remove_reserved_networks => 0,
);
while (my $line = <STDIN>) {
    my ($prefix, $country, $continent) = split ' ', $line;
    $tree->insert_network($prefix, { country => { iso_code => $country }, continent => { code => $continent } });
}
open my $out, '>:raw', $file or die "$file: $!\n";
$tree->write_tree($out);
close $out or die "$file: $!\n";
