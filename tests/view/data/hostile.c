/* Functions whose names mean something to readers of markup. */

void f0(void) __asm__("\"</script><script>hacked=1</script>\"");
void f1(void) __asm__("\"]]><b>&amp;'--><!--\"");
void f2(void) __asm__("\"\342\200\256gnp.exe\"");
void f3(void) __asm__("\"\377\300\257 \033[31m\"");

void f0(void)
{
}

void f1(void)
{
}

void f2(void)
{
}

void f3(void)
{
}

int main(void)
{
	f0();
	f1();
	f2();
	f3();
	return 0;
}
