#!/bin/sh
# Builds one checked kernel, in a container or sandbox whose root is the toolchain and nothing else. The folder
# /build/work holds input/{source.deb,kbuild.deb,config,unneeded} and gets output/{vmlinuz,headers.tar.gz,config,release}. All that
# varies comes as environment: SOURCE_NAME (folder in the archive), JOBS, KERNEL_ARCH (as the kernel's own folders call
# it), IMAGE (path in the tree), CC_NAME, CROSS_COMPILE. Lines that begin with "lab3: " tell the host how far it is.
set -eu
umask 022
cd /build/work

echo 'lab3: unpack'
mkdir -p source kbuild output
sed "s,^,$SOURCE_NAME/," input/unneeded >unneeded
# The package holds an archive that is compressed once more. What no configuration of ours compiles stays packed;
# Kconfig files must all be there, for each is read from another.
ar p input/source.deb data.tar.xz | xz -dc | tar -xO --wildcards '*/usr/src/linux-source-*.tar.xz' |
	xz -dc -T0 | tar -x -C source --strip-components=1 --no-same-owner --anchored --wildcards -X unneeded
ar p input/kbuild.deb data.tar.xz | xz -dc | tar -x -C kbuild --no-same-owner --strip-components=4 \
	--wildcards './usr/lib/linux-kbuild-*'

echo 'lab3: configure'
cd source
# Lock checking is told of interrupts going off and on by a file of tracing's, for which Kconfig turns all of tracing on:
# twenty files, and tables for each event there is. The file is enough.
sed -i '/^config PREEMPTIRQ_TRACEPOINTS$/,/^$/{/select TRACING$/d}' kernel/trace/Kconfig
echo 'obj-$(CONFIG_PREEMPTIRQ_TRACEPOINTS) += trace/' >>kernel/Makefile
# What a module's memory never goes through is compiled without KASAN's calls: a tenth of the time, and less to do at each
# boot. Data of a module is served from fs/ and drivers/base/, and worked on in kernel/, lib/ and mm/.
find "arch/$KERNEL_ARCH"/*/ block drivers/*/ -name Makefile ! -path "drivers/base/*" -exec \
	sed -i '1i KASAN_SANITIZE := n' {} +
# KCSAN watches modules, and of the kernel only what does a module's unlocked work for it. Trees and counters are changed by
# inline functions, which belong to the module, and so are lists but for the checks of their links. So the kernel is nearly as
# quick as without KCSAN, however closely modules are watched.
find */ -name Makefile ! -path 'scripts/*' ! -path 'tools/*' -exec sed -i '1i KCSAN_SANITIZE := n' {} +
for object in kfifo list_debug list_sort llist; do
	echo "KCSAN_SANITIZE_$object.o := y" >>lib/Makefile
done
# KCSAN stops at plain accesses alone, so a lock that is wrong between two atomic ones, which looks whether it is free and then
# takes it, is right for as long as nothing comes between. A pause before one in so many atomic accesses lets others come:
# /sys/module/kcsan/parameters/skip_atomic, none where it is 0. All of it or nothing.
sed -i.plain -e 's/^static DEFINE_PER_CPU(long, kcsan_skip);$/&\nstatic DEFINE_PER_CPU(long, kcsan_skipped_atomics);\nstatic uint kcsan_skip_atomic;\nmodule_param_named(skip_atomic, kcsan_skip_atomic, uint, 0644);/' \
	-e '/^\tif (is_atomic(ctx, ptr, size, type))$/{n;s/false/(type \& KCSAN_ACCESS_ATOMIC) \&\& kcsan_skip_atomic \&\&\n\t\t\tthis_cpu_dec_return(kcsan_skipped_atomics) < 0/}' \
	-e 's/^\treset_kcsan_skip();$/\tif (type \& KCSAN_ACCESS_ATOMIC) {\n\t\tthis_cpu_write(kcsan_skipped_atomics, kcsan_prandom_u32_max(2 * kcsan_skip_atomic));\n\t\tif (kcsan_is_enabled(ctx))\n\t\t\tdelay_access(type);\n\t\tgoto out;\n\t}\n&/' kernel/kcsan/core.c
[ "$(grep -c 'kcsan_skip_atomic\|kcsan_skipped_atomics' kernel/kcsan/core.c)" -eq 6 ] ||
	mv kernel/kcsan/core.c.plain kernel/kcsan/core.c
# A port of the virtio console fills its queue with pages, a thousand of them, and with the slab's red zones each is three:
# 38 MiB that every machine would boot, save and restore with, and that kmemleak would search.
sed -i 's/} while (ret > 0);/} while (ret > 0 \&\& nr_added_bufs < 32);/' drivers/char/virtio_console.c
# kmemleak tells of nothing that is younger than 5 s, for a machine that is at work. Who looks in one where nobody is may say
# less: /sys/module/kmemleak/parameters/jiffies_min_age.
sed -i 's/^static unsigned long jiffies_min_age;/&\nmodule_param(jiffies_min_age, ulong, 0600);/' mm/kmemleak.c
# It also tells of nothing that was written to since the scan before. Where nothing is at work any more, one scan shows what
# two do: /sys/module/kmemleak/parameters/settled.
sed -i -e 's/^static unsigned long jiffies_min_age;/static bool settled;\nmodule_param(settled, bool, 0600);\n&/' \
	-e 's/^\t\t    && update_checksum(object)/\t\t    \&\& !settled \&\& update_checksum(object)/' mm/kmemleak.c
# Whoever finds the setting scans once: it must not be there without what it does.
grep -q '!settled && update_checksum' mm/kmemleak.c || sed -i '/settled/d' mm/kmemleak.c
# A scan takes the lock of each object that a pointer is found to, a hundred thousand times, and checking these is most of it.
sed -i 's/^\t\tkmemleak_scan();$/\t\t{ lockdep_off(); kmemleak_scan(); lockdep_on(); }/' mm/kmemleak.c
kbuild() {
	make -j"$JOBS" ARCH="$KERNEL_ARCH" CROSS_COMPILE="$CROSS_COMPILE" CC="$CROSS_COMPILE$CC_NAME" \
		HOSTCC="$CC_NAME" LOCALVERSION= "$@"
}
kbuild -s KCONFIG_ALLCONFIG=/build/work/input/config allnoconfig
# kconfig drops a setting whose conditions are not met, and says nothing.
refused=
while read -r line; do
	case $line in
	CONFIG_*=n) ! grep -q "^${line%n}" .config || refused="$refused $line" ;;
	CONFIG_*) grep -qxF -- "$line" .config || refused="$refused $line" ;;
	esac
done </build/work/input/config
cp .config ../output/config
if [ -n "$refused" ]; then
	echo "lab3: refused$refused"
	exit 3
fi

echo 'lab3: compile'
kbuild "${IMAGE##*/}" modules modules_prepare

echo 'lab3: pack'
release=$(cat include/config/kernel.release)
tree=headers/usr/src/linux-headers-$release
mkdir -p "/build/work/$tree/arch/$KERNEL_ARCH"
# What building a module for this kernel opens: the programs come from Debian's package, where they are compiled for
# the architecture that will run them.
tar -c --exclude=dt-bindings --exclude='include/config/[A-Z]*' Makefile Module.symvers .config include \
	arch/"$KERNEL_ARCH"/include arch/"$KERNEL_ARCH"/Makefile* | tar -x -C "/build/work/$tree"
cp scripts/module.lds "/build/work/$tree/arch/$KERNEL_ARCH/module.lds"
cp -a ../kbuild/scripts ../kbuild/tools "/build/work/$tree/"
# Debian's Makefile reads this file. Modules carry the lines of their source, the kernel itself does not.
cat >"/build/work/$tree/.kernelvariables" <<END
override ARCH = $KERNEL_ARCH
override KERNELRELEASE = $release
override CROSS_COMPILE = $CROSS_COMPILE
CC = \$(CROSS_COMPILE)$CC_NAME
CFLAGS_MODULE += -g -gdwarf-5
END
cp "$IMAGE" /build/work/output/vmlinuz
echo "$release" >/build/work/output/release
cd /build/work/headers
tar -c --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u+rw,go=rX usr | gzip -9n \
	>/build/work/output/headers.tar.gz
echo 'lab3: done'
